package outside

import (
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

// SinkError turns an error of the catalog about sinks into the caller's.
func SinkError(err error) error {
	switch {
	case errors.Is(err, catalog.ErrStale):
		p := kit.Refuse(kit.CodeState, "nothing is delivered to the sink: it is paused or disabled; resume it first")
		p.State = catalog.SinkPaused
		return p
	case errors.Is(err, catalog.ErrFenced):
		p := kit.Refuse(kit.CodeState, "the sink is another relay's by now, or was changed: claim it again")
		p.State = "fenced"
		return p
	case errors.Is(err, catalog.ErrTooManyParked):
		p := kit.Refuse(kit.CodeState, "the sink has %d parked events: requeue or discard some", catalog.MaxParked)
		p.State = "parked_full"
		return p
	}
	return kit.FactError("", err)
}

// SourceError turns an error of the catalog about sources into the caller's.
func SourceError(err error) error {
	switch {
	case errors.Is(err, catalog.ErrStale):
		p := kit.Refuse(kit.CodeState, "only the beginning of the message is kept: send it again to the topic, then discard this one")
		p.State = catalog.EventParked
		return p
	case errors.Is(err, catalog.ErrFenced):
		p := kit.Refuse(kit.CodeState, "the source is another relay's by now, or was changed: claim it again")
		p.State = "fenced"
		return p
	case errors.As(err, new(*catalog.UndecidedError)):
		undecided, _ := errors.AsType[*catalog.UndecidedError](err)
		p := kit.Refuse(kit.CodeState, "%s", undecided.Error())
		p.State = catalog.CaseOpen
		return p
	case errors.Is(err, catalog.ErrTooManyParked):
		p := kit.Refuse(kit.CodeState, "the source has %d parked messages: requeue or discard some", catalog.MaxParked)
		p.State = "parked_full"
		return p
	}
	return kit.FactError("", err)
}
