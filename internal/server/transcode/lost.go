package transcode

import (
	"strconv"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// A message cannot distinguish an empty list from a missing one, nor a 0 from a missing number. Where the
// difference matters, it is detected while the JSON is read. Over gRPC there is no difference: an empty list is
// missing.

// loss is a fact that is in the JSON but not in the message: a member of in, and what is wrong with
// it.
type loss struct {
	in           protoreflect.Message
	name, reason string
}

// lossy reports that the field is a number that is required and may be 0.
func (f *field) lossy(rule *holdfastv1.FieldRule) bool {
	number := f.kind == kindInt32 || f.kind == kindInt64 || f.kind == kindDouble
	return number && !f.list && !f.presence && rule.GetRequired() && rule.GetLeast() < 1
}

// miss records the required fields that are missing.
func (r *bodyReader) miss(p *message, m protoreflect.Message, missing uint8) {
	for _, f := range p.fields {
		if f.bit&missing != 0 {
			r.lost = append(r.lost, loss{m, f.name, "must be given"})
		}
	}
}

// CommandsError has what is wrong with commands of a batch, by their index in it. Each of them fails
// independently.
type CommandsError map[int]*FieldError

// Error returns what is wrong with one of them.
func (e CommandsError) Error() string {
	for i, err := range e {
		return "commands[" + strconv.Itoa(i) + "]: " + err.Error()
	}
	return ""
}

// report makes an error of the losses: the first of them, or, in a batch, the first of each command. It walks through
// the message once, however many there are.
func (p *message) report(m protoreflect.Message, lost []loss) error {
	of := make(map[protoreflect.Message]loss, len(lost))
	for _, l := range lost {
		if _, known := of[l.in]; !known {
			of[l.in] = l
		}
	}
	batch, commands := m.Interface().(*holdfastv1.ExecuteBatchRequest)
	if _, whole := of[m]; !commands || whole {
		if err := p.locate(m, of); err != nil {
			return err
		}
		return nil // no error, and not a nil *FieldError
	}
	plan, all := p.byName["commands"].message, CommandsError{}
	for i, command := range batch.Commands {
		if err := plan.locate(command.ProtoReflect(), of); err != nil {
			_, err.Field, _ = strings.Cut(err.Field, ".") // the first name is the verb
			all[i] = err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// locate names the first place in m with a loss, nil when there is none.
func (p *message) locate(m protoreflect.Message, lost map[protoreflect.Message]loss) *FieldError {
	if l, ok := lost[m]; ok {
		return &FieldError{Field: l.name, Reason: l.reason}
	}
	for _, f := range p.fields {
		if f.kind != kindMessage || !m.Has(f.fd) {
			continue
		}
		if !f.list {
			if err := f.message.locate(m.Get(f.fd).Message(), lost); err != nil {
				return err.inField(f.name)
			}
			continue
		}
		list := m.Get(f.fd).List()
		for i := range list.Len() {
			if err := f.message.locate(list.Get(i).Message(), lost); err != nil {
				return err.inField("[" + strconv.Itoa(i) + "]").inField(f.name)
			}
		}
	}
	return nil
}
