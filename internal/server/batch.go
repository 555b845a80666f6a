package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/ledger"

	"google.golang.org/protobuf/proto"
)

// batchChapter carries out commands of other chapters, many in one call.
type batchChapter struct {
	*core
	server *Server // knows what each command needs
}

func (s *batchChapter) functions() map[string]method {
	batch := unary(s.executeBatch)
	batch.ownKeys = true
	return map[string]method{"ExecuteBatch": batch, "ExecuteStream": {ownKeys: true}}
}

// Bounds of one batch.
const (
	maxCommands = 1000
	maxLines    = 20_000
)

// executeBatch carries out up to 1000 commands. Each succeeds or fails by
// itself; in the books they are one call, so those about the same item or
// order take effect in the order given.
func (s *batchChapter) executeBatch(ctx context.Context, c *call, r *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
	results, err := s.batch(ctx, c, r.Commands)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.ExecuteBatchResponse{Results: results}, nil
}

func (s *batchChapter) batch(ctx context.Context, c *call, commands []*holdfastv1.Command) ([]*holdfastv1.CommandResult, error) {
	if err := boundBatch(commands); err != nil {
		return nil, err
	}
	jobs := make([]job, len(commands))
	for i, command := range commands {
		jobs[i] = s.job(c, command)
		if why := c.faulty[i]; why != nil && jobs[i].err == nil {
			jobs[i].err = why
		}
	}
	return s.resultsOf(ctx, c, jobs)
}

// resultsOf carries out the jobs and returns the outcome of each.
func (s *batchChapter) resultsOf(ctx context.Context, c *call, jobs []job) ([]*holdfastv1.CommandResult, error) {
	results := make([]*holdfastv1.CommandResult, len(jobs))
	if err := s.carryOut(ctx, c, jobs); err != nil {
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
		return invalid("commands", "must have 1 to %d elements", maxCommands)
	}
	lines := 0
	for i, command := range commands {
		if command.GetVerb() == nil {
			return invalid("commands["+itoa(i)+"]", "must have exactly one verb")
		}
		lines += max(1, len(command.GetReserve().GetItems()), len(command.GetChange().GetItems()))
	}
	if lines > maxLines {
		return refuse(codeTooLarge, "the batch has %d lines, at most %d are taken", lines, maxLines)
	}
	return nil
}

// job makes a job of a command, with an error when it cannot continue.
func (s *batchChapter) job(c *call, command *holdfastv1.Command) job {
	j := job{key: command.IdempotencyKey}
	var like string
	switch v := command.Verb.(type) {
	case *holdfastv1.Command_Create:
		j.write, like = createWrite{v.Create}, "CreateInventory"
	case *holdfastv1.Command_Restock:
		j.write, like = restockWrite{v.Restock}, "Restock"
	case *holdfastv1.Command_Adjust:
		j.write, like = adjustWrite{v.Adjust}, "Adjust"
	case *holdfastv1.Command_SetThreshold:
		j.write, like = thresholdWrite{v.SetThreshold}, "SetThreshold"
	case *holdfastv1.Command_SetSaleStatus:
		j.write, like = saleWrite{v.SetSaleStatus}, "SetSaleStatus"
	case *holdfastv1.Command_Reserve:
		j.write, like = reserveWrite{v.Reserve}, "Reserve"
	case *holdfastv1.Command_Release:
		j.write, like = releaseWrite{v.Release}, "Release"
	case *holdfastv1.Command_Deduct:
		j.write, like = deductWrite{v.Deduct}, "Deduct"
	case *holdfastv1.Command_SetQuotas:
		j.write, like = quotasWrite{v.SetQuotas}, "SetQuotas"
	case *holdfastv1.Command_Allot:
		j.write, like = batchAllot{allotWrite{v.Allot}}, "Allot"
	case *holdfastv1.Command_ResetSold:
		j.write, like = resetWrite{v.ResetSold}, "ResetSold"
	case *holdfastv1.Command_Commit:
		j.write, like = commitWrite{v.Commit}, "Commit"
	case *holdfastv1.Command_Extend:
		j.write, like = extendWrite{v.Extend}, "Extend"
	case *holdfastv1.Command_Change:
		j.write, like = changeWrite{v.Change}, "ChangeOrder"
	case *holdfastv1.Command_Relocate:
		j.write, like = relocateWrite{v.Relocate}, "Relocate"
	case *holdfastv1.Command_Withdraw:
		j.write, like = withdrawWrite{v.Withdraw}, "Withdraw"
	case *holdfastv1.Command_Observe:
		j.write, like = &observeWrite{ObserveRequest: v.Observe}, "Observe"
	case *holdfastv1.Command_SoldElsewhere:
		j.write, like = soldWrite{v.SoldElsewhere}, "SellElsewhere"
	case *holdfastv1.Command_Move:
		j.write, like = moveWrite{v.Move}, "Move"
	case *holdfastv1.Command_Return:
		j.write, like = returnWrite{v.Return}, "Return"
	default:
		j.err = invalid("", "the verb is not known")
		return j
	}
	if j.err = c.mayAs(s.server.methods[like]); j.err != nil {
		return j
	}
	if need, known := s.server.methods[like].need(); !known || !c.scopes.Allow(need) {
		j.err = refuse(codeDenied, "the key needs the scope %s, it has %s", need, c.scopes)
		return j
	}
	if j.err = c.bind(s.server.methods[like], verbOf(command)); j.err != nil {
		return j
	}
	if j.key != "" && isBadKey(j.key) {
		j.err = invalid("idempotency_key", "must be 1 to %d visible ASCII characters", maxKey)
		return j
	}
	var f requestForm
	f.write(j.write)
	j.err = f.err()
	return j
}

// verbOf is the request of a command's verb.
func verbOf(command *holdfastv1.Command) proto.Message {
	m := command.ProtoReflect()
	return m.Get(m.WhichOneof(m.Descriptor().Oneofs().ByName("verb"))).Message().Interface()
}

func (s *batchChapter) commandResult(ctx context.Context, j *job) *holdfastv1.CommandResult {
	out := &holdfastv1.CommandResult{Replayed: j.result.Replayed}
	err := j.err
	if err == nil {
		err = s.showResult(ctx, j, out)
	}
	if err == nil {
		out.Ok = true
		return out
	}
	p := problemOf(err)
	return &holdfastv1.CommandResult{Replayed: j.result.Replayed, Error: &holdfastv1.CommandError{
		Code: p.code.name, Status: int32(p.code.http), Detail: p.detail,
		Shortages: p.shortages, Violations: p.violations, State: p.state, Reason: p.reason, Holders: p.holders,
	}}
}

// showResult fills in the answer of the command's endpoint.
func (s *batchChapter) showResult(ctx context.Context, j *job, out *holdfastv1.CommandResult) (err error) {
	switch w := j.write.(type) {
	case reserveWrite, changeWrite, relocateWrite, releaseWrite, deductWrite, commitWrite, extendWrite, withdrawWrite:
		out.OrderId = new(w.(orderWrite).GetOrderId())
		out.Shortages = shortagesOf(j.result)
		out.Sourcing, out.Kits = planOf(j.result.Chosen)
		out.Reservations, err = s.reservations(ctx, j.result)
	case quotasWrite, batchAllot, resetWrite:
		if _, allots := w.(batchAllot); allots {
			out.Moves = moves(j.result.Event)
		}
		out.Quotas, err = channelsOf(j.result)
	case *observeWrite:
		out.Posted, out.Superseded = new(posted(j.result.Event)), w.superseded(j.result.Event)
		if out.CaseId, err = s.openCase(ctx, j.result); err == nil {
			out.Behind, err = s.behind(ctx, j.result.Event)
		}
		if err == nil {
			out.Inventory, err = s.changedItem(ctx, j.result)
		}
	case soldWrite:
		out.Oversold = new(oversold(j.result.Event))
		if out.CaseId, err = s.openCase(ctx, j.result); err == nil {
			out.Inventory, err = s.changedItem(ctx, j.result)
		}
	default:
		out.Inventory, err = s.changedItem(ctx, j.result)
	}
	return err
}

var _ Books = (*ledger.Ledger)(nil)
