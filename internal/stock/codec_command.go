package stock

import (
	"fmt"
	"reflect"
)

// The bytes of a command are sent between nodes of one version range: they hold the whole
// command, including what the server added. They are not the bytes that make two requests
// the same (AppendCanonical), and nothing that is stored is made of them, so they may
// change with commandVersion. Each command has exactly one spelling.

// commandVersion is the first byte of a command.
const commandVersion = 3

// form is a form in which a command travels between nodes. Some commands have two: one of them
// is for what is rare.
type form struct {
	of     reflect.Type
	is     func(Command) bool // nil: the form of all that no other is for
	append func([]byte, Command) []byte
	read   func(*commandSource) Command
	value  func(p Command) Command // what p points to
	added  func(p Command) Added   // nil: the command is not about one item
	use    use
}

// use is what a command about one item may do with the units that are for sale.
type use uint8

const (
	// takes: it may take some out of the pool. Those that Redis has are brought for it.
	takes use = 1 << iota
	// frees: it may add some. They cover what the item owes.
	frees
	// idle: neither.
	idle use = 0
)

// sent is a command that travels as write writes it and read reads it.
func sent[C Command](write func(C, []byte) []byte, read func(*commandSource) C) form {
	return form{
		of:     reflect.TypeFor[C](),
		append: func(dst []byte, c Command) []byte { return write(c.(C), dst) },
		read:   func(s *commandSource) Command { return read(s) },
		value:  func(p Command) Command { return *any(p).(*C) },
	}
}

// rare is the form of those commands for which is says so.
func rare[C Command](is func(C) bool, write func(C, []byte) []byte, read func(*commandSource) C) form {
	f := sent(write, read)
	f.is = func(c Command) bool { return is(c.(C)) }
	return f
}

// about is the form of a command about one item.
func about[C Command](f form, of use, added func(*C) Added) form {
	f.use, f.added = of, func(p Command) Added { return added(any(p).(*C)) }
	return f
}

// Added is what the server adds to a command about one item, from what it knows of the item:
// where the item is and, unless Open is nil, what it is opened with. Note is where the server
// judges the reason.
type Added struct {
	Item   ItemKey
	Bucket *Bucket
	Open   **Opening
	Note   *Note
}

// AddedTo is what the server adds to the command that p points to; false if that is not about
// one item.
func AddedTo(p Command) (Added, bool) {
	f := plainForm(p)
	if f == nil || f.added == nil {
		return Added{}, false
	}
	return f.added(p), true
}

// Value is the command that p points to, or p itself if it is no pointer.
func Value(p Command) Command {
	if f := plainForm(p); f != nil {
		return f.value(p)
	}
	return p
}

// numbersOf has the numbers of the forms of each command, the rare ones first.
var numbersOf = func() map[reflect.Type][]byte {
	all := map[reflect.Type][]byte{}
	for n := range commands {
		switch f := &commands[n]; {
		case f.of == nil:
		case f.is != nil:
			all[f.of] = append([]byte{byte(n)}, all[f.of]...)
		default:
			all[f.of] = append(all[f.of], byte(n))
		}
	}
	return all
}()

// plainForm is the form without what is rare of the command that p points to; nil if p is no
// pointer.
func plainForm(p Command) *form {
	t := reflect.TypeOf(p)
	if t.Kind() != reflect.Pointer {
		return nil
	}
	return formOf(t.Elem())
}

// formOf is the form without what is rare of the commands of a type; nil if they do not travel.
func formOf(t reflect.Type) *form {
	all := numbersOf[t]
	if len(all) == 0 {
		return nil
	}
	return &commands[all[len(all)-1]]
}

// AppendCommand appends the command as it travels between nodes.
func AppendCommand(dst []byte, c Command) []byte {
	dst = append(dst, commandVersion)
	if at := happenedAt(c); at != 0 {
		dst = appendInt(append(dst, commandHappened), int64(at))
	}
	for _, n := range numbersOf[reflect.TypeOf(c)] {
		if f := &commands[n]; f.is == nil || f.is(c) {
			return f.append(append(dst, n), c)
		}
	}
	return append(dst, 0) // no reader accepts it
}

// ReadCommand returns the command that b is, all of it. The error wraps
// ErrMalformed when b is not what AppendCommand of this version wrote.
func ReadCommand(b []byte) (Command, error) {
	if err := checkVersion("command", b, commandVersion); err != nil {
		return nil, fmt.Errorf("read command: %w", err)
	}
	s := commandSource{byteReader{p: b[1:]}}
	at, known := s.happened()
	c := s.command()
	if known {
		c = happening(c, at)
	}
	if c == nil || !s.done() {
		return nil, fmt.Errorf("read command: %w", s.fault())
	}
	return c, nil
}

// command reads the bytes after the version, nil when there is no such command.
func (s *commandSource) command() Command {
	if n := s.byte(); n < commandUnused && commands[n].read != nil {
		return commands[n].read(s)
	}
	return nil
}
