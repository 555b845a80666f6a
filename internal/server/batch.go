package server

import (
	"context"
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// batchChapter carries out commands of other chapters, many in one call.
type batchChapter struct {
	core     *kit.Core
	commands map[protoreflect.FieldNumber]*kit.Method // by the verb of a command
}

var verbs = (&holdfastv1.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("verb")

// learn finds the method of each verb: the write whose request it is.
func (s *batchChapter) learn(methods map[string]*kit.Method) error {
	s.commands = map[protoreflect.FieldNumber]*kit.Method{}
	for _, m := range methods {
		for i := range verbs.Fields().Len() {
			if verb := verbs.Fields().Get(i); m.Write != nil && m.Desc.Input() == verb.Message() {
				s.commands[verb.Number()] = m
			}
		}
	}
	if len(s.commands) != verbs.Fields().Len() {
		return errors.New("a verb of Command is the request of no write")
	}
	return nil
}

func (s *batchChapter) Functions() map[string]kit.Method {
	batch := kit.Unary(s.executeBatch)
	batch.OwnKeys = true
	return map[string]kit.Method{"ExecuteBatch": batch, "ExecuteStream": {OwnKeys: true}}
}

// Bounds of one batch.
const (
	maxCommands = 1000
	maxLines    = 20_000
)

// executeBatch carries out up to 1000 commands. Each succeeds or fails by
// itself; in the books they are one call, so those about the same item or
// order take effect in the order given.
func (s *batchChapter) executeBatch(ctx context.Context, c *kit.Call, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
	c.Dry = c.Dry || r.DryRun
	results, err := s.batch(ctx, c, r.Commands)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.ExecuteBatchResponse{Results: results}, nil
}

func (s *batchChapter) batch(ctx context.Context, c *kit.Call, commands []*holdfastv1.Command) ([]*holdfastv1.CommandResult, error) {
	if err := boundBatch(commands); err != nil {
		return nil, err
	}
	jobs := make([]kit.Job, len(commands))
	for i, command := range commands {
		jobs[i] = s.job(c, command)
		if why := c.Faulty[i]; why != nil && jobs[i].Err == nil {
			jobs[i].Err = why
		}
	}
	return s.resultsOf(ctx, c, jobs)
}

// resultsOf carries out the jobs and returns the outcome of each.
func (s *batchChapter) resultsOf(ctx context.Context, c *kit.Call, jobs []kit.Job) ([]*holdfastv1.CommandResult, error) {
	results := make([]*holdfastv1.CommandResult, len(jobs))
	if err := s.core.CarryOut(ctx, c, jobs); err != nil {
		return nil, err
	}
	for i := range jobs {
		results[i] = s.commandResult(ctx, &jobs[i])
	}
	return results, nil
}

// boundBatch refuses a batch as a whole: for its size, or because a command
// has no verb.
func boundBatch(commands []*holdfastv1.Command) error {
	if n := len(commands); n < 1 || n > maxCommands {
		return kit.Invalid("commands", "must have 1 to %d elements", maxCommands)
	}
	lines := 0
	for i, command := range commands {
		if command.GetVerb() == nil {
			return kit.Invalid("commands["+kit.Itoa(i)+"]", "must have exactly one verb")
		}
		lines += max(1, len(command.GetReserve().GetItems()), len(command.GetChange().GetItems()))
	}
	if lines > maxLines {
		return kit.Refuse(kit.CodeTooLarge, "the batch has %d lines, at most %d are taken", lines, maxLines)
	}
	return nil
}

// job makes a job of a command, with an error when it cannot continue.
func (s *batchChapter) job(c *kit.Call, command *holdfastv1.Command) kit.Job {
	j := kit.Job{Key: command.IdempotencyKey}
	verb := command.ProtoReflect().WhichOneof(verbs)
	if verb == nil {
		j.Err = kit.Invalid("", "the verb is not known")
		return j
	}
	request := command.ProtoReflect().Get(verb).Message().Interface()
	m := s.commands[verb.Number()]
	j.Method, j.Write = m, m.Write(request)
	if j.Err = mayAs(c, m); j.Err != nil {
		return j
	}
	if need, known := m.Need(); !known || !c.Scopes.Allow(need) {
		j.Err = kit.Refuse(kit.CodeDenied, "the key needs the scope %s, it has %s", need, c.Scopes)
		return j
	}
	if j.Err = c.Bind(m, request); j.Err != nil {
		return j
	}
	if j.Key != "" && isBadKey(j.Key) {
		j.Err = kit.Invalid("idempotency_key", "must be 1 to %d visible ASCII characters", maxKey)
		return j
	}
	var f kit.Form
	f.Write(j.Write)
	j.Err = f.Err()
	return j
}

func (s *batchChapter) commandResult(ctx context.Context, j *kit.Job) *holdfastv1.CommandResult {
	out := &holdfastv1.CommandResult{Replayed: j.Result.Replayed}
	err := j.Err
	if err == nil {
		err = s.showResult(ctx, j, out)
	}
	if err == nil {
		if out.Ok = true; j.Result.Before != nil {
			out.Preview = s.core.Preview(j.Result)
		}
		return out
	}
	p := kit.ProblemOf(err)
	return &holdfastv1.CommandResult{Replayed: j.Result.Replayed, Error: &holdfastv1.CommandError{
		Code: p.Code.Name, Status: int32(p.Code.HTTP), Detail: p.Detail,
		Shortages: p.Shortages, Violations: p.Violations, State: p.State, Reason: p.Reason, Holders: p.Holders,
	}}
}

// showResult fills in the answer of the command's endpoint.
func (s *batchChapter) showResult(ctx context.Context, j *kit.Job, out *holdfastv1.CommandResult) (err error) {
	if j.Method.Show != nil {
		return j.Method.Show(ctx, j, out)
	}
	out.Inventory, err = s.core.ChangedItem(ctx, j.Result)
	return err
}

var _ kit.Books = (*ledger.Ledger)(nil)
