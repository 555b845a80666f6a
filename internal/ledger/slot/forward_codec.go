package slot

import (
	"encoding/binary"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// The bytes of a forwarded group and of its results are for nodes of one version
// range, like those of the commands in it. A node that receives bytes of another
// version answers so and carries out nothing: the sender then carries the group out
// itself.

// forwardVersion is the first byte of both.
const forwardVersion = 1

// ErrForeign says that bytes from another node are not in this program's format.
// Nothing was carried out.
var ErrForeign = errors.New("the message of another node cannot be decoded")

// Flags of a forwarded request.
const (
	forwardKey byte = 1 << iota
	forwardOnce
	forwardUnder
	forwardAbout
	forwardLooked
	forwardUnused
)

// AppendForwarded appends the group as it travels.
func AppendForwarded(dst []byte, f *Forwarded) []byte {
	dst = binary.AppendUvarint(append(dst, forwardVersion), uint64(f.Slot))
	dst = append(dst, f.Writer[:]...)
	dst = binary.AppendUvarint(dst, uint64(f.After))
	dst = binary.AppendUvarint(dst, uint64(len(f.Requests)))
	var command []byte
	for i := range f.Requests {
		r := &f.Requests[i]
		at := len(dst)
		dst = append(dst, 0)
		if r.Key != "" {
			dst[at] |= forwardKey
			dst = appendBytes(dst, r.Key)
		}
		if r.Once != ([16]byte{}) {
			dst[at] |= forwardOnce
			dst = append(dst, r.Once[:]...)
		}
		if r.Under != nil {
			dst[at] |= forwardUnder
			dst = append(append(dst, r.Under.Key[:]...), r.Under.Print[:]...)
			dst = binary.AppendUvarint(dst, uint64(r.Under.Bucket))
		}
		if len(r.About) > 0 {
			dst[at] |= forwardAbout
			dst = appendBuckets(dst, r.About)
		}
		if r.Looked {
			dst[at] |= forwardLooked
		}
		command = stock.AppendCommand(command[:0], r.Command)
		dst = appendBytes(dst, command)
	}
	return dst
}

// ReadForwarded decodes the group from all of b, or returns ErrForeign.
func ReadForwarded(b []byte) (*Forwarded, error) {
	s := wire{b: b}
	if v := s.byte(); v != forwardVersion {
		return nil, fmt.Errorf("group of version %d, this program knows %d: %w", v, forwardVersion, ErrForeign)
	}
	f := &Forwarded{Slot: uint16(s.uint(1<<16 - 1))}
	s.copy(f.Writer[:])
	f.After = engine.Seq(s.uint(1<<63 - 1))
	f.Requests = make([]Request, s.count(4))
	for i := range f.Requests {
		r := &f.Requests[i]
		flags := s.byte()
		s.want(flags < forwardUnused)
		if flags&forwardKey != 0 {
			r.Key = string(s.bytes())
		}
		if flags&forwardOnce != 0 {
			s.copy(r.Once[:])
		}
		if flags&forwardUnder != 0 {
			r.Under = &KeyRow{}
			s.copy(r.Under.Key[:])
			s.copy(r.Under.Print[:])
			r.Under.Bucket = s.bucket()
		}
		if flags&forwardAbout != 0 {
			r.About = s.buckets()
			s.want(len(r.About) > 0)
		}
		r.Looked = flags&forwardLooked != 0
		command := s.bytes()
		if s.bad {
			break
		}
		var err error
		if r.Command, err = stock.ReadCommand(command); err != nil {
			return nil, fmt.Errorf("request %d: %w: %w", i, ErrForeign, err)
		}
	}
	if s.bad || len(s.b) > 0 {
		return nil, fmt.Errorf("group: %w", ErrForeign)
	}
	return f, nil
}

// Kinds of a result's error.
const (
	resultDone byte = iota
	// resultRefused: the refusal is that of the event.
	resultRefused
	// resultRefusal: the event is there for its refusal only.
	resultRefusal
	resultElsewhere
	// resultOther and those behind it are the errors of forwardErrors.
	resultOther
)

// forwardErrors are the errors that mean the same to another node, in the order of
// their numbers. Any other error travels as its text and means that the outcome is
// not known.
var forwardErrors = []error{
	ErrUnknown, ErrOvertaken, ErrBusy, ErrStopping, ErrStopped, ErrKeyReused, ErrInProgress, ErrFrozen, ErrBehind, stock.ErrBroken,
	ErrApart, ErrMoving, // the first is the second as well
	ErrKeyAway, ErrSealed,
}

// resultReplayed is the flag of a result's kind.
const resultReplayed = 0x80

// AppendResults appends the results of a forwarded group as they travel.
func AppendResults(dst []byte, results []Result) ([]byte, error) {
	var events []*stock.Event
	var heads []byte
	at, seq := stock.Time(0), engine.Seq(0)
	for i := range results {
		r := &results[i]
		if i == 0 {
			at, seq = r.At, r.Position.Seq
		}
		kind, shown := kindOf(r)
		head := kind
		if r.Replayed {
			head |= resultReplayed
		}
		heads = append(heads, head)
		heads = binary.AppendUvarint(heads, uint64(r.Position.Slot))
		heads = binary.AppendUvarint(heads, uint64(r.Position.Seq))
		heads = binary.AppendVarint(heads, int64(r.At-at))
		heads = append(heads, bit(shown != nil))
		if shown != nil {
			events = append(events, shown)
		}
		switch kind {
		case resultElsewhere:
			heads = appendHomes(heads, r.Err)
		case resultOther:
			heads = appendBytes(heads, cut(r.Err.Error()))
		}
	}
	packed, err := stock.AppendEvents(nil, at, uint64(seq), events)
	if err != nil {
		return nil, fmt.Errorf("append results: %w", err)
	}
	dst = binary.AppendVarint(append(dst, forwardVersion), int64(at))
	dst = appendBytes(dst, packed)
	dst = binary.AppendUvarint(dst, uint64(len(results)))
	return append(dst, heads...), nil
}

// kindOf returns the kind with which the result's error travels, and its event.
func kindOf(r *Result) (byte, *stock.Event) {
	var refusal *stock.Refusal
	var elsewhere *stock.Elsewhere
	switch {
	case r.Err == nil:
		return resultDone, r.Event
	case errors.As(r.Err, &refusal) && r.Event != nil && r.Event.Refusal == refusal:
		return resultRefused, r.Event
	case errors.As(r.Err, &refusal):
		return resultRefusal, &stock.Event{Op: stock.OpCleanup, Refusal: refusal}
	case errors.As(r.Err, &elsewhere):
		return resultElsewhere, nil
	}
	for i, err := range forwardErrors {
		if errors.Is(r.Err, err) {
			return resultOther + 1 + byte(i), nil
		}
	}
	return resultOther, nil
}

func appendHomes(dst []byte, err error) []byte {
	var e *stock.Elsewhere
	errors.As(err, &e)
	return appendBuckets(dst, e.Homes)
}

func appendBuckets(dst []byte, buckets []stock.Bucket) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(buckets)))
	for _, b := range buckets {
		dst = binary.AppendUvarint(dst, uint64(b))
	}
	return dst
}

// ReadResults decodes the results from all of b, or returns ErrForeign.
func ReadResults(b []byte) ([]Result, error) {
	s := wire{b: b}
	if v := s.byte(); v != forwardVersion {
		return nil, fmt.Errorf("results of version %d, this program knows %d: %w", v, forwardVersion, ErrForeign)
	}
	at := stock.Time(s.int())
	events, err := stock.ReadEvents(s.bytes())
	if err != nil {
		return nil, fmt.Errorf("results: %w: %w", ErrForeign, err)
	}
	results := make([]Result, s.count(5))
	for i := range results {
		s.result(&results[i], at, &events)
	}
	if s.bad || len(s.b) > 0 || len(events) > 0 {
		return nil, fmt.Errorf("results: %w", ErrForeign)
	}
	return results, nil
}

func (s *wire) bucket() stock.Bucket { return stock.Bucket(s.uint(stock.Buckets - 1)) }

func (s *wire) buckets() (all []stock.Bucket) {
	for range s.count(1) {
		all = append(all, s.bucket())
	}
	return all
}

// result reads one result, which takes the next of the events when it has one.
func (s *wire) result(r *Result, at stock.Time, events *[]*stock.Event) {
	kind := s.byte()
	r.Replayed = kind&resultReplayed != 0
	kind &^= resultReplayed
	r.Position = Position{uint16(s.uint(1<<16 - 1)), engine.Seq(s.uint(1<<63 - 1))}
	r.At = at + stock.Time(s.int())
	if s.uint(1) == 1 {
		if len(*events) == 0 {
			s.want(false)
			return
		}
		r.Event, *events = (*events)[0], (*events)[1:]
	}
	switch {
	case kind == resultDone:
	case kind == resultRefused || kind == resultRefusal:
		if r.Event == nil || r.Event.Refusal == nil {
			s.want(false)
			return
		}
		r.Err = r.Event.Refusal
		if kind == resultRefusal {
			r.Event = nil
		}
	case kind == resultElsewhere:
		r.Err = &stock.Elsewhere{Homes: s.buckets()}
	case kind == resultOther:
		r.Err = fmt.Errorf("the home says: %s", s.bytes())
	case int(kind-resultOther) <= len(forwardErrors):
		r.Err = forwardErrors[kind-resultOther-1]
	default:
		s.want(false)
	}
}
