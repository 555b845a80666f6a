package relay

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"holdfast.dev/holdfast/api/render"
	"holdfast.dev/holdfast/client"
)

// Formats of the messages of a source.
const (
	FormatCommands   = "commands"
	FormatRestaurant = "restaurant"
)

const (
	// mostBody is how many bytes of a message are read as commands.
	mostBody = 1 << 20
	// mostCommands and mostLines are the bounds of a batch.
	mostCommands = 1000
	mostLines    = 20_000
)

// letter is a message with its commands and their outcome.
type letter struct {
	in       *Incoming
	id       string // what replies call it
	key      string // the keys of its commands derive from it
	commands []client.Command
	lines    int
	bytes    int
	results  []client.Result // of the first commands
	list     bool            // it is answered with a list
	paid     *paidOrder      // it is a restaurant's; nil: it is not
	shortage string          // the policy for what was paid and is not there
	tries    int64           // how often it was tried before: it was parked
	unknown  int             // members of it that nobody knows
	cause    string          // it is no command; "": it is
	kept     bool            // the books know that it is parked, or will learn it
	counted  bool            // the books know its outcome, or will learn it
	replied  bool            // the reply topic has its outcome
	parked   string          // the id of the parked message that it was; "": it comes from the broker
}

// read reads a message.
func read(format string, in *Incoming) *letter {
	l := &letter{in: in, id: cmp.Or(in.Sender, in.ID), key: in.ID}
	if len(in.Body) > mostBody {
		l.cause = fmt.Sprintf("it has %d bytes, at most %d are read", len(in.Body), mostBody)
		return l
	}
	var err error
	if format == FormatRestaurant {
		err = l.readOrder()
	} else {
		err = l.readCommands()
	}
	switch {
	case err != nil:
		l.cause = line(err.Error())
	case len(l.commands) > mostCommands || l.lines > mostLines:
		l.cause = fmt.Sprintf("it has %d commands with %d lines, at most %d with %d are taken", len(l.commands), l.lines, mostCommands, mostLines)
	}
	return l
}

// readCommands reads one command, or a list of them.
func (l *letter) readCommands() error {
	var probe struct {
		Commands jsontext.Value `json:"commands"`
	}
	if err := json.Unmarshal(l.in.Body, &probe); err != nil {
		return fmt.Errorf("it is no JSON object: %w", err)
	}
	if probe.Commands == nil {
		return l.add(l.in.Body, "")
	}
	var all struct {
		MessageID string           `json:"message_id"`
		Commands  []jsontext.Value `json:"commands"`
	}
	if err := json.Unmarshal(l.in.Body, &all, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("it is no list of commands: %w", err)
	}
	if len(all.Commands) == 0 {
		return fmt.Errorf("it has no commands")
	}
	l.list = true
	l.named(all.MessageID)
	for i, text := range all.Commands {
		if err := l.add(text, fmt.Sprint("/", i+1)); err != nil {
			return fmt.Errorf("commands[%d]: %w", i, err)
		}
	}
	return nil
}

// named stores the message_id of the message, "": it has none.
func (l *letter) named(id string) {
	if id != "" {
		l.id, l.key = id, id
	}
}

// add adds a command. It uses the command's own key, otherwise that of the message.
func (l *letter) add(text []byte, part string) error {
	c, err := client.ReadCommand(text)
	if err != nil {
		return err
	}
	c = c.AsFact() // the message says what has happened
	if c.Key() == "" {
		if l.key == "" {
			return fmt.Errorf("the broker has no id for it and it has no message_id: nobody can tell whether it has come before")
		}
		c = c.WithKey(keyFor(l.key, part))
	}
	l.commands = append(l.commands, c)
	l.lines += c.Lines()
	l.bytes += c.Size()
	return nil
}

// maxKey is how many bytes an idempotency key has at most.
const maxKey = 255

// keyFor is the idempotency key of a part of a message: its id, or the SHA-256 of the id
// when the books do not accept such a key.
func keyFor(id, part string) string {
	plain := !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
	if !plain || len(id)+len(part) > maxKey {
		sum := sha256.Sum256([]byte(id))
		id = "sha256-" + hex.EncodeToString(sum[:])
	}
	return id + part
}

// done reports whether it needs nothing more from the books.
func (l *letter) done() bool {
	return l.cause != "" || len(l.results) == len(l.commands) && (l.paid == nil || l.paid.step == stepDone)
}

// refused reports whether the answer is a refusal.
func (l *letter) refused() bool {
	if l.paid != nil {
		return l.paid.isRefused(l.results)
	}
	for i := range l.results {
		if l.results[i].Err != nil {
			return true
		}
	}
	return false
}

// reply encodes the outcome of the message.
func (l *letter) reply() []byte {
	b := append(make([]byte, 0, 256), `{"message_id":`...)
	b = render.String(b, l.id)
	if l.cause != "" {
		b = append(b, `,"ok":false,"error":{"code":"INVALID_ARGUMENT","status":400,"detail":`...)
		return append(render.String(b, l.cause), "}}"...)
	}
	if !l.list {
		b = append(b, ',')
		result := l.answer().AppendJSON(nil)
		return append(b, result[1:]...)
	}
	b = fmt.Appendf(b, `,"ok":%t,"results":[`, !l.refused())
	for i := range l.results {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.results[i].AppendJSON(b)
	}
	return append(b, "]}"...)
}

// answer is the result that answers a message without a list.
func (l *letter) answer() *client.Result {
	if l.paid != nil {
		return l.paid.answer(l.results)
	}
	return &l.results[len(l.results)-1]
}

// mostKept is how many bytes of a parked message are kept, mostName how many of its id.
const (
	mostKept = 32 << 10
	mostName = 512
)

// isUnmet reports whether it says that something was paid that is not booked. The guest has
// paid, so a refusal is no answer that somebody waits for: the message is parked.
func (l *letter) isUnmet() bool { return l.cause == "" && l.paid != nil && l.refused() }

// whyParked is why it is parked; "": it is not.
func (l *letter) whyParked() string {
	if l.isUnmet() {
		return l.paid.refusal(l.results)
	}
	return l.cause
}

// unmet is what the message says was paid and is not booked, nil: nothing such.
func (l *letter) unmet() *client.UnmetOrder {
	if !l.isUnmet() {
		return nil
	}
	return l.paid.unmet(l.results)
}

// order is the order that the message is about; "": it names none.
func (l *letter) order() string {
	if l.paid == nil {
		return ""
	}
	return l.paid.order
}

// park converts the message to its parked form.
func (l *letter) park() client.NewParkedMessage {
	called := l.in.ID
	if l.isUnmet() {
		called = l.key // a copy of the message says the same
	}
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(called, "?"))
	if name == "" || len(name) > mostName {
		sum := sha256.Sum256(append([]byte(called+"\x00"), l.in.Body...))
		name = "sha256-" + hex.EncodeToString(sum[:])
	}
	size := len(l.in.Body)
	kept := strings.ToValidUTF8(string(l.in.Body[:min(size, mostKept)]), "?")
	return client.NewParkedMessage{MessageID: name, Body: kept, Size: int64(max(size, len(kept))), Cause: l.whyParked(), OrderID: l.order(), Unmet: l.unmet()}
}
