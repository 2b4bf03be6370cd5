"""Online: a question becomes a cited answer."""

from index import telemetry as telemetry
