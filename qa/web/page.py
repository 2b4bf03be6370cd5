"""What the page's routes share: the corpus, the questions on their way, the jobs, the opinions, who is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa.feedback import FEEDBACK_NAME, FeedbackStore
from qa.web.asking import Asker
from qa.web.auth import Sessions
from qa.web.examples import Examples
from qa.web.jobs import Jobs
from qa.web.workspace import Workspace

__all__ = ["Page"]


class Page:
    """Everything that the routes share."""

    def __init__(
        self, workspace: Workspace, *, golds: Sequence[Path] = (), sessions: Sessions | None = None
    ) -> None:
        self.workspace, self.sessions = workspace, sessions
        self.asker, self.examples, self.jobs = Asker(workspace), Examples(workspace), Jobs(workspace)
        self.feedback = FeedbackStore(workspace.index_dir / FEEDBACK_NAME)
        self.golds = {path.stem: path for path in golds}

    def start(self) -> None:
        """Start the background work."""
        self.workspace.start()

    def close(self) -> None:
        """End it."""
        self.workspace.stop()
        self.jobs.close()
