package hot

import (
	"context"
	"errors"
	"slices"
	"time"
)

// renewLost renews balances that cannot be used, many at a time: Redis has lost them, their books were
// restored, or nobody finished them.
func (r maker) renewLost(ctx context.Context, all, due []Listed) {
	var renew, check, doubted []Listed
	for _, l := range due {
		switch {
		case l.State == Opening && r.road.known.stalled(l), l.State == Open && (l.Era != r.road.era || !l.Counted):
			renew = append(renew, l)
		case l.State == Open && r.road.known.doubted(l.Key):
			doubted = append(doubted, l)
		case l.State == Open:
			check = append(check, l)
		}
	}
	lost, err := r.findLost(ctx, check)
	if err == nil && len(lost) > 0 && len(due) < len(all) { // one is seldom lost alone
		lost, err = r.findLost(ctx, slices.DeleteFunc(slices.Clone(all), func(l Listed) bool { return l.State != Open || l.Era != r.road.era }))
	}
	if err != nil && !errors.Is(err, ErrDown) {
		r.road.log.WarnContext(ctx, "the balances in Redis cannot be checked", "err", err)
	}
	if err == nil {
		err = errors.Join(mender{r.road}.countLost(ctx, lost), mender{r.road}.count(ctx, WrongFigures, "Redis had sold units that the books did not have: its balance was made again from the books", 0, doubted...))
		if err != nil {
			r.road.log.WarnContext(ctx, "balances in Redis are not made again", "err", err)
		}
	}
	for _, l := range lost {
		renew = append(renew, l.Listed)
	}
	renew = append(renew, doubted...)
	if err != nil || len(renew) == 0 {
		for _, l := range doubted {
			r.road.known.doubt(l.Key)
		}
		return
	}
	if len(lost) > 0 {
		r.road.log.WarnContext(ctx, "balances in Redis are lost", "items", len(lost))
	}
	began, done := time.Now(), 0
	err = r.road.RebuildAll(ctx, renew, func(n int) { done += n })
	switch {
	case ctx.Err() != nil, errors.Is(err, ErrDown):
	case err != nil:
		r.road.log.WarnContext(ctx, "some balances in Redis were not made again", "items", len(renew), "err", err)
	default:
		r.road.log.InfoContext(ctx, "balances in Redis were made again from the books", "items", done, "took", time.Since(began).Round(time.Millisecond))
	}
}

// lostBalance is an open item whose balance cannot be used.
type lostBalance struct {
	Listed
	why error
}

// findLost are the open items whose balances cannot be used.
func (r maker) findLost(ctx context.Context, open []Listed) (all []lostBalance, err error) {
	for some := range slices.Chunk(open, pipelineMost) {
		checks := make([]Check, len(some))
		for i, l := range some {
			checks[i] = Check{l.Key, l.Epoch}
		}
		var lost []error
		var servers []string
		if err := r.road.calm.ask(ctx, func(ctx context.Context) (err error) {
			lost, servers, err = r.road.redis.Lost(ctx, checks)
			return err
		}); err != nil {
			return nil, err
		}
		for i, why := range lost {
			if why != nil {
				all = append(all, lostBalance{some[i], why})
			}
		}
		for _, server := range slices.Compact(servers) {
			r.road.see(server)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
