package kit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Answers keeps the answers of writes to the catalog under their keys.
type Answers interface {
	// CatchUp makes later reads show every write before it.
	CatchUp(ctx context.Context) error
	// Answered returns the outcome of a call with the key; again is false when there was
	// none. It returns catalog.ErrKeyTaken for the key of another request.
	Answered(ctx context.Context, key catalog.WriteKey) (answer []byte, again bool, err error)
	// Once carries out do unless the key was used before, and returns its outcome, as
	// Answered does.
	Once(ctx context.Context, key catalog.WriteKey, do func(context.Context) ([]byte, error)) (answer []byte, again bool, err error)
}

// This file has the idempotency keys of writes to the catalog. The catalog keeps the
// answer together with the write. The books rebuild the answers to their own
// writes.

// WriteOnce carries out a write to the catalog once under its key. A repeat gets the
// first answer, also when that was a business refusal. f may read the catalog but
// not the books: it runs while its write has the catalog's lock. Checks that read
// the books come in before, which may refuse; nil: there are none.
func WriteOnce[Q, R proto.Message](s *Core, before func(context.Context, *Call, Q) error, f func(context.Context, *Call, Q) (R, error)) func(context.Context, *Call, Q) (R, error) {
	return func(ctx context.Context, c *Call, q Q) (R, error) {
		if c.Key == "" {
			if before != nil {
				if err := before(ctx, c, q); err != nil {
					var none R
					return none, err
				}
			}
			return f(ctx, c, q)
		}
		return onceUnder(ctx, s, c, q, before, f)
	}
}

// OnceDone carries out a write once under its key when its work reads the books, or other
// systems. The work is done before the catalog stores the answer.
func OnceDone[Q, R proto.Message](s *Core, do func(context.Context, *Call, Q) (R, error)) func(context.Context, *Call, Q) (R, error) {
	return func(ctx context.Context, c *Call, q Q) (R, error) {
		var done R
		return WriteOnce(s, func(ctx context.Context, c *Call, q Q) (err error) {
			done, err = do(ctx, c, q)
			return err
		}, func(context.Context, *Call, Q) (R, error) { return done, nil })(ctx, c, q)
	}
}

func onceUnder[Q, R proto.Message](ctx context.Context, s *Core, c *Call, q Q, before func(context.Context, *Call, Q) error, f func(context.Context, *Call, Q) (R, error)) (answer R, err error) {
	var none R
	key, err := writeKey(c, q)
	if err != nil {
		return none, err
	}
	kept, again, err := s.Answers.Answered(ctx, key)
	if err == nil && !again {
		if before != nil {
			err = before(ctx, c, q)
		}
		if err == nil {
			kept, again, err = s.Answers.Once(ctx, key, func(ctx context.Context) ([]byte, error) {
				var err error
				if answer, err = f(ctx, c, q); err != nil {
					return nil, err
				}
				return keepWritten(s, c, answer)
			})
		}
		if text := KeepRefusal(err); text != nil {
			var failed error
			if kept, again, failed = s.Answers.Once(ctx, key, func(context.Context) ([]byte, error) { return text, nil }); failed == nil && !again {
				return none, err
			}
			err = failed
		}
	}
	switch {
	case errors.Is(err, catalog.ErrKeyTaken):
		return none, ledger.ErrKeyReused
	case err != nil:
		return none, err
	case !again:
		return answer, nil
	}
	return answerAgain[R](c, kept)
}

// OnceToldLater carries out a write to the catalog once under its key, as once does.
// Then tell applies it elsewhere and gives the answer of the call. The first answer is
// stored with the write, and every repeat gets it.
func OnceToldLater[Q, R proto.Message](s *Core, write, tell func(context.Context, *Call, Q) (R, error)) func(context.Context, *Call, Q) (R, error) {
	return func(ctx context.Context, c *Call, q Q) (answer R, err error) {
		var none R
		first := WriteOnce(s, nil, write)
		if c.Key == "" {
			if _, err := first(ctx, c, q); err != nil {
				return none, err
			}
			return tell(ctx, c, q)
		}
		key, err := KeyBeside(c, q, "told")
		if err != nil {
			return none, err
		}
		kept, again, err := s.Answers.Answered(ctx, key)
		if err == nil && !again {
			if _, err := first(ctx, c, q); err != nil {
				return none, err
			}
			if answer, err = tell(ctx, c, q); err != nil {
				return none, err
			}
			kept, again, err = s.Answers.Once(ctx, key, func(context.Context) ([]byte, error) { return keepWritten(s, c, answer) })
		}
		switch {
		case errors.Is(err, catalog.ErrKeyTaken):
			return none, ledger.ErrKeyReused
		case err != nil:
			return none, err
		case !again:
			return answer, nil
		}
		return answerAgain[R](c, kept)
	}
}

// KeyBeside is a key for a record that is kept in addition to the answer under the
// call's own key. No caller can send it: callers' keys are visible ASCII.
func KeyBeside(c *Call, q proto.Message, what string) (catalog.WriteKey, error) {
	beside := *c
	beside.Key = "\x00" + what + "\x00" + c.Key
	return writeKey(&beside, q)
}

// answerAgain gives the answer of an earlier call, with the position of its writes, or its
// refusal.
func answerAgain[R proto.Message](c *Call, kept []byte) (R, error) {
	c.Replayed = true
	answer, err := AnswerKept[R](kept)
	if err != nil {
		return answer, err
	}
	m := answer.ProtoReflect()
	if at := positionKept(m.GetUnknown()); at != "" {
		c.shown, c.Wrote = at, true
	}
	m.SetUnknown(nil)
	return answer, nil
}

// AnswerKept reads a stored answer, or returns the stored refusal.
func AnswerKept[R proto.Message](kept []byte) (R, error) {
	var none R
	answer := none.ProtoReflect().New().Interface().(R)
	if err := readKept(kept, answer); err != nil {
		return none, err
	}
	return answer, nil
}

// writeKey is the key of a call as the catalog keeps it: of one tenant and one
// operation.
func writeKey(c *Call, q proto.Message) (catalog.WriteKey, error) {
	request, err := proto.MarshalOptions{Deterministic: true}.Marshal(q)
	if err != nil {
		return catalog.WriteKey{}, fmt.Errorf("write a request down: %w", err)
	}
	id := sha256.Sum256([]byte(c.Method.Name + "\x00" + c.Key))
	digest := sha256.Sum256(request)
	return catalog.WriteKey{Tenant: c.Tenant, ID: [16]byte(id[:16]), Print: [16]byte(digest[:16])}, nil
}

// The form of a stored answer: a byte with the kind of what follows, then the message
// of a success or a refusal in JSON.
const (
	keptAnswer  = 0
	keptRefusal = 1
)

type refusalKept struct {
	Code, Detail, State string
	Holders             []string `json:",omitempty"`
}

// KeepAnswer encodes an answer.
func KeepAnswer(m proto.Message) ([]byte, error) {
	text, err := proto.MarshalOptions{}.MarshalAppend([]byte{keptAnswer}, m)
	if err != nil {
		return nil, fmt.Errorf("write an answer down: %w", err)
	}
	return text, nil
}

// keptPosition is an additional field of a kept answer: the position of the call's
// writes. No message of the API has it, so servers that do not know it ignore it.
const keptPosition protowire.Number = 50001

// keepWritten is KeepAnswer, and adds the position of the call's writes.
func keepWritten(s *Core, c *Call, m proto.Message) ([]byte, error) {
	text, err := KeepAnswer(m)
	if err != nil || !c.Wrote {
		return text, err
	}
	text = protowire.AppendTag(text, keptPosition, protowire.BytesType)
	return protowire.AppendString(text, s.PositionText(c)), nil
}

// positionKept finds the position among the unknown fields of an answer, "" when none was
// stored.
func positionKept(fields []byte) string {
	for len(fields) > 0 {
		number, kind, n := protowire.ConsumeTag(fields)
		if n < 0 {
			return ""
		}
		if number == keptPosition && kind == protowire.BytesType {
			at, _ := protowire.ConsumeString(fields[n:])
			return at
		}
		size := protowire.ConsumeFieldValue(number, kind, fields[n:])
		if size < 0 {
			return ""
		}
		fields = fields[n+size:]
	}
	return ""
}

// KeepRefusal encodes a business refusal. It returns nil for every other error, which is
// not stored (API.md, Conventions).
func KeepRefusal(err error) []byte {
	if err == nil || errors.Is(err, catalog.ErrKeyTaken) || errors.Is(err, ErrNoSealer) {
		return nil // the last one is over as soon as the operator has set a key
	}
	if r, ok := errors.AsType[*stock.Refusal](err); ok && !r.Kept() {
		return nil
	}
	p := ProblemOf(err)
	if p.Code.HTTP != http.StatusConflict || p.Code == CodeInProgress {
		return nil
	}
	text, err := json.Marshal(refusalKept{p.Code.Name, p.Detail, p.State, p.Holders})
	if err != nil {
		return nil // texts are always written
	}
	return append([]byte{keptRefusal}, text...)
}

// readKept reads an answer into m, or returns the stored refusal.
func readKept(kept []byte, m proto.Message) error {
	if len(kept) > 0 && kept[0] == keptAnswer {
		if err := proto.Unmarshal(kept[1:], m); err != nil {
			return fmt.Errorf("read an answer that was kept: %w", err)
		}
		return nil
	}
	var r refusalKept
	if len(kept) == 0 || kept[0] != keptRefusal {
		return errors.New("the stored answer has a form that this version does not know")
	}
	if err := json.Unmarshal(kept[1:], &r); err != nil {
		return fmt.Errorf("read a refusal that was kept: %w", err)
	}
	for _, code := range Table {
		if code.Name == r.Code {
			return &Problem{Code: code, Detail: r.Detail, State: r.State, Holders: r.Holders}
		}
	}
	return fmt.Errorf("a refusal is kept with the code %q, which is not known here", r.Code)
}
