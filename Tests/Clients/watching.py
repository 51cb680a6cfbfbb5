"""Reads a watch stream; the call's own deadline bounds the wait."""


def until(stream, wanted):
    """The events up to and with the first that is wanted."""
    events = []
    for event in stream:
        events.append(event)
        if wanted(event):
            return events
    raise AssertionError(f"the stream ended after {len(events)} events without the one wanted")


def names(events):
    return {event.model.id for event in events}
