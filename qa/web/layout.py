"""The page's skeleton: fixed HTML with the places that the script fills. Holds no text of documents or people.

Words are put in by the script from ``data-i18n`` keys, so that the language can be switched without a reload.
"""

from __future__ import annotations

from qa.web.markup import attribute, escape
from qa.web.strings import LANGUAGES, Language, text

__all__ = ["HEAD", "page_shell", "sign_in_page"]

HEAD = """
<link rel="icon" href="/wj/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/wj/static/wenju.css">
<script src="/wj/static/early.js"></script>
<script type="module" src="/wj/static/main.js"></script>
"""
"""Put into the head of the page by the door, so that the first paint has the right colours."""

_ICONS = {
    "theme": "M12 3a9 9 0 1 0 9 9c0-.5 0-.9-.1-1.4A5.5 5.5 0 0 1 13.4 3.1 9 9 0 0 0 12 3z",
    "send": "M4 11.5 20 4l-5.5 16-3.2-6.3z",
    "close": "M6 6l12 12M18 6 6 18",
    "up": "M6 15l6-6 6 6",
    "down": "M6 9l6 6 6-6",
    "download": "M12 4v11m-5-5 5 5 5-5M5 20h14",
    "upload": "M12 16V5m-5 5 5-5 5 5M5 19h14",
}


def _icon(name: str) -> str:
    fill = "wj-icon-fill" if name in ("theme", "send") else "wj-icon-line"
    return f'<svg class="{fill}" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'


def _drop_words(key: str) -> str:
    """What a place for files says: nothing can be dragged with a finger."""
    return f'<span class="wj-by-mouse" data-i18n="{key}"></span><span class="wj-by-touch" data-i18n="{key}.touch"></span>'


def page_shell() -> str:
    """Return the HTML of the whole page below the head."""
    return f"""
<div id="wenju" class="wj" data-pane="chat" data-tab="ask">
{_header()}
<p id="wj-notice" class="wj-notice" role="status" hidden></p>
<nav class="wj-panes" data-i18n-label="header.sections">
<button type="button" data-show-pane="corpus" data-i18n="pane.corpus"></button>
<button type="button" data-show-pane="chat" data-i18n="pane.chat"></button>
<button type="button" data-show-pane="evidence"><span data-i18n="pane.evidence"></span><span id="wj-evidence-count"></span></button>
</nav>
<main class="wj-main">
<section id="wj-panel-ask" class="wj-columns" role="tabpanel" aria-labelledby="wj-tab-ask">
{_corpus()}
{_chat()}
{_evidence()}
</section>
{_batch()}
{_evaluation()}
</main>
{_dialogs()}
<div id="wj-toasts" role="status" aria-live="polite"></div>
</div>
"""


def _header() -> str:
    tabs = "".join(
        f'<button type="button" role="tab" id="wj-tab-{name}" data-tab="{name}" aria-controls="wj-panel-{name}" '
        f'data-i18n="tab.{name}"></button>'
        for name in ("ask", "batch", "evaluation")
    )
    return f"""
<header class="wj-top">
<div class="wj-brand"><span class="wj-seal" aria-hidden="true">据</span><h1 data-i18n="app.name"></h1>
<span class="wj-claim" data-i18n="app.claim"></span></div>
<div class="wj-tabs" role="tablist" data-i18n-label="header.sections">{tabs}</div>
<div class="wj-tools">
<span id="wj-state" class="wj-state" role="status"><i></i><span></span></span>
<button type="button" id="wj-language" class="wj-tool" data-i18n="header.language" data-i18n-title="header.language.hint"></button>
<button type="button" id="wj-theme" class="wj-tool wj-square" data-i18n-label="header.theme" data-i18n-title="header.theme">{_icon("theme")}</button>
<span id="wj-user" class="wj-user" hidden></span>
<button type="button" id="wj-sign-out" class="wj-tool" data-i18n="header.sign_out" hidden></button>
</div>
</header>"""


def _corpus() -> str:
    return f"""
<aside id="wj-corpus" class="wj-column" data-i18n-label="corpus.title">
<div class="wj-column-head"><h2 data-i18n="corpus.title"></h2><span id="wj-corpus-count" class="wj-dim"></span>
<button type="button" id="wj-reindex" class="wj-link" data-i18n="corpus.reindex"></button></div>
<div class="wj-filters">
<input type="search" id="wj-filter" autocomplete="off" data-i18n-placeholder="corpus.filter" data-i18n-label="corpus.filter">
<select id="wj-year" data-i18n-label="corpus.year"></select>
<select id="wj-issuer" data-i18n-label="corpus.issuer"></select>
</div>
<div class="wj-scope"><span class="wj-dim" data-i18n="corpus.scope"></span><strong id="wj-scope"></strong>
<button type="button" id="wj-choose-all" class="wj-link" data-i18n="corpus.choose.shown"></button>
<button type="button" id="wj-choose-none" class="wj-link" data-i18n="corpus.choose.none" hidden></button></div>
<ul id="wj-documents" class="wj-documents"></ul>
<div class="wj-upload">
<ul id="wj-uploads" class="wj-uploads"></ul>
<label class="wj-drop" id="wj-drop" tabindex="0" role="button">{_icon("upload")}{_drop_words("corpus.drop")}
<small class="wj-kinds">txt md html pdf docx xlsx csv</small><small id="wj-limit"></small>
<input type="file" id="wj-files" multiple hidden accept=".txt,.md,.markdown,.html,.htm,.pdf,.docx,.xlsx,.csv,.tsv"></label>
<input type="file" id="wj-replacement" hidden accept=".txt,.md,.markdown,.html,.htm,.pdf,.docx,.xlsx,.csv,.tsv">
</div>
</aside>"""


def _chat() -> str:
    return f"""
<section id="wj-chat" class="wj-column" data-i18n-label="pane.chat">
<div id="wj-log" class="wj-log" role="log" aria-live="polite" data-i18n-label="chat.log" tabindex="0">
<div id="wj-welcome" class="wj-welcome"><span class="wj-seal wj-seal-large" aria-hidden="true">据</span>
<h2 data-i18n="chat.welcome"></h2><p><span data-i18n="chat.welcome.answers"></span><span data-i18n="chat.welcome.none"></span></p>
<p id="wj-starting" class="wj-starting" hidden></p>
<div id="wj-examples" class="wj-examples" hidden><h3 data-i18n="chat.examples"></h3><ul></ul></div></div>
<div id="wj-turns"></div>
</div>
<form id="wj-form" class="wj-form" autocomplete="off">
<div class="wj-input">
<textarea id="wj-question" rows="1" maxlength="1000" data-i18n-placeholder="chat.placeholder" data-i18n-label="chat.label" enterkeyhint="send"></textarea>
<button type="submit" id="wj-send" class="wj-send" data-i18n-label="chat.send" data-i18n-title="chat.send">{_icon("send")}</button>
<button type="button" id="wj-stop" class="wj-send wj-stop" data-i18n-label="chat.stop" data-i18n-title="chat.stop" hidden><i></i></button>
</div>
<div class="wj-form-foot"><span id="wj-hint" data-i18n="chat.hint"></span>
<button type="button" id="wj-clear" class="wj-link" data-i18n="chat.clear" hidden></button></div>
</form>
</section>"""


def _evidence() -> str:
    return """
<aside id="wj-evidence" class="wj-column" data-i18n-label="evidence.title">
<div class="wj-column-head"><h2 data-i18n="evidence.title"></h2><span id="wj-evidence-for" class="wj-dim"></span></div>
<div id="wj-evidence-body" class="wj-evidence-body" tabindex="0" data-i18n-label="evidence.title"><p class="wj-empty" data-i18n="evidence.empty"></p></div>
</aside>"""


def _batch() -> str:
    return f"""
<section id="wj-panel-batch" class="wj-sheet" role="tabpanel" aria-labelledby="wj-tab-batch" hidden>
<div class="wj-sheet-inner"><h2 data-i18n="batch.title"></h2><p class="wj-lead" data-i18n="batch.text"></p>
<label class="wj-drop wj-drop-wide" id="wj-batch-drop" tabindex="0" role="button">{_icon("upload")}{_drop_words("batch.drop")}
<small class="wj-kinds">xlsx csv txt jsonl</small><input type="file" id="wj-batch-file" hidden accept=".xlsx,.csv,.txt,.jsonl"></label>
<p><button type="button" id="wj-batch-template" class="wj-link" data-i18n="batch.template"></button></p>
<div id="wj-batch-job" class="wj-job" aria-live="polite"></div></div>
</section>"""


def _evaluation() -> str:
    return """
<section id="wj-panel-evaluation" class="wj-sheet" role="tabpanel" aria-labelledby="wj-tab-evaluation" hidden>
<div class="wj-sheet-inner"><h2 data-i18n="evaluation.title"></h2><p class="wj-lead" data-i18n="evaluation.text"></p>
<div class="wj-run"><label><span data-i18n="evaluation.gold"></span><select id="wj-gold"></select></label>
<button type="button" id="wj-run" class="wj-button" data-i18n="evaluation.run"></button>
<button type="button" id="wj-run-stop" class="wj-button wj-button-quiet" data-i18n="chat.stop" hidden></button></div>
<div id="wj-evaluation-job" class="wj-job" aria-live="polite"></div><div id="wj-evaluation-result"></div></div>
</section>"""


def _dialogs() -> str:
    return f"""
<dialog id="wj-source" class="wj-source" aria-labelledby="wj-source-title">
<header><div class="wj-source-name"><h2 id="wj-source-title"></h2><p id="wj-source-meta" class="wj-dim"></p></div>
<a id="wj-source-download" class="wj-button wj-button-quiet" download>{_icon("download")}<span data-i18n="source.download"></span></a>
<button type="button" id="wj-source-close" class="wj-tool wj-square" data-i18n-label="dialog.close">{_icon("close")}</button></header>
<div class="wj-source-bar"><span id="wj-source-hits" aria-live="polite"></span>
<button type="button" id="wj-source-previous" class="wj-tool wj-square" data-i18n-label="source.previous">{_icon("up")}</button>
<button type="button" id="wj-source-next" class="wj-tool wj-square" data-i18n-label="source.next">{_icon("down")}</button>
<label class="wj-check"><input type="checkbox" id="wj-source-repairs"><span data-i18n="source.repairs"></span></label>
<span id="wj-source-select" class="wj-dim" data-i18n="source.select" hidden></span></div>
<div id="wj-source-text" class="wj-source-text" tabindex="0" lang="zh"></div>
<button type="button" id="wj-source-mark" class="wj-button wj-source-mark" data-i18n="source.mark" hidden></button>
</dialog>
<dialog id="wj-dialog" class="wj-dialog" aria-labelledby="wj-dialog-title">
<h2 id="wj-dialog-title"></h2><p id="wj-dialog-text"></p>
<div class="wj-dialog-actions"><button type="button" id="wj-dialog-cancel" class="wj-button wj-button-quiet" data-i18n="dialog.cancel"></button>
<button type="button" id="wj-dialog-confirm" class="wj-button wj-button-danger"></button></div>
</dialog>"""


def sign_in_page(language: Language) -> str:
    """Return the page that asks for name and password.

    Its words stand there in both languages, for the script: a person may have chosen the other one on the page.
    """

    def say(key: str, tag: str = "span", more: str = "") -> str:
        both = "".join(f' data-{one}="{attribute(text(one, key))}"' for one in LANGUAGES)
        return f"<{tag}{more}{both}>{escape(text(language, key))}</{tag}>"

    title = {one: f"{text(one, 'sign_in.title')} · {text(one, 'app.name')}" for one in LANGUAGES}
    titles = "".join(f' data-{one}="{attribute(words)}"' for one, words in title.items())

    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="wenju-language" content="{language}"><title{titles}>{escape(title[language])}</title>
<link rel="icon" href="/wj/static/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/wj/static/wenju.css">
<script src="/wj/static/early.js"></script><script type="module" src="/wj/static/sign_in.js"></script></head>
<body class="wj-sign-in-page"><main class="wj wj-sign-in"><span class="wj-seal wj-seal-large" aria-hidden="true">据</span>
{say("app.name", "h1")}{say("app.claim", "p", ' class="wj-dim"')}
<form id="wj-sign-in"><label>{say("sign_in.name")}<input name="name" autocomplete="username" required autofocus></label>
<label>{say("sign_in.password")}<input name="password" type="password" autocomplete="current-password" required></label>
<p id="wj-sign-in-problem" role="alert"></p>
{say("sign_in.submit", "button", ' type="submit" class="wj-button"')}</form></main></body></html>"""
