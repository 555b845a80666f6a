package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
)

const (
	usualBatch = 100
	// advanceEvery is how often the cursor moves while events flow, quietEvery while
	// the sink wants none of them.
	advanceEvery = 200 * time.Millisecond
	quietEvery   = time.Second
	// advanceWait bounds one advance.
	advanceWait = 5 * time.Second
)

// courier delivers the events of one sink as long as the relay has it. Its state
// belongs to the goroutine of run. Other goroutines read, deliver and advance for it.
type courier struct {
	sink  client.ClaimedSink
	books Books
	kind  Kind
	o     Options
	form  messageWriter
	leaf  Leaf

	window   window
	schedule *schedule
	reader   logReader
	flying   int // deliveries under way
	outage   outage
	catchups int
	fresh    bool       // what is parked was not taken over yet
	unnamed  []*parking // parked, and not named by the books yet
	waited   []*parking // more events wait for these than the books know
	returned []*parking // parked again, and not yet reported to the books
	refused  []*parking // parked again, as the advance under way reports
	waits    time.Time  // since when an entry waits for a batch to fill; zero: none does
	report   report
	errand   adminRequest
	rebuild  rebuild

	live      context.Context //nolint:containedctx // of the goroutines that run started: they end with the lease
	steps     chan watchStep
	delivered chan delivered
	caught    chan caught
	fetched   chan delivered
	advanced  chan advanced
	rebuilt   chan rebuilt
	orders    chan client.ClaimedSink // what the last claim says about the sink
	all       sync.WaitGroup
	log       records
}

func newCourier(sink client.ClaimedSink, books Books, kind Kind, o Options) *courier {
	if sink.Batch.Max == 0 {
		sink.Batch.Max = usualBatch
	}
	if kind.MaxBatch > 0 {
		sink.Batch.Max = min(sink.Batch.Max, kind.MaxBatch)
	}
	kind.Parallel = max(kind.Parallel, 1)
	if kind.Pause == nil {
		kind.Pause = func(tries int, _ time.Duration) (time.Duration, bool) { return Backoff(tries), false }
	}
	c := &courier{
		sink: sink, books: books, kind: kind, o: o, form: newMessageWriter(o.Tenant, sink.Format), schedule: newSchedule(), window: window{cursor: sink.Position}, fresh: true,
		steps: make(chan watchStep, 256), delivered: make(chan delivered, kind.Parallel+2), caught: make(chan caught), fetched: make(chan delivered),
		advanced: make(chan advanced, 1), rebuilt: make(chan rebuilt, 1), rebuild: rebuild{wanted: sink.Rebuild}, orders: make(chan client.ClaimedSink, 1), reader: logReader{position: sink.Position},
	}
	c.report.AdvanceSink = client.AdvanceSink{RelayID: o.ID, Name: sink.Name, Epoch: sink.Epoch, Turn: sink.Turn + 1, Position: sink.Position}
	c.report.sent = sink.Position
	if !sink.FailingSince.IsZero() {
		c.report.Failing, c.outage = true, outage{since: sink.FailingSince, tries: 1, inherited: true}
	}
	return c
}

// run delivers until the lease is lost, which ends lost, or until stop is closed. Then it
// finishes the deliveries under way and moves the cursor.
func (c *courier) run(lost context.Context, stop <-chan struct{}) {
	live, cancel := context.WithCancel(lost)
	c.live = live
	defer func() {
		cancel()
		c.all.Wait()
		if c.leaf != nil {
			if err := c.leaf.Close(); err != nil {
				c.o.Log.Warn("cannot close the way to a sink", "sink", c.sink.Name, "err", err)
			}
		}
		c.o.Metrics.forget(c.o.Tenant, c.sink.Name)
	}()
	c.o.Metrics.begin(c.o.Tenant, c.sink.Name)
	c.adopt(c.sink.Parked)
	c.takeErrands(&c.sink)
	c.all.Go(func() { c.read(live) })
	var stopping bool
	for {
		now := time.Now()
		c.schedule.wake(now)
		if !stopping {
			c.dispatch(now)
		}
		c.advance(now, stopping)
		if c.report.fenced || c.report.over {
			return
		}
		if stopping && c.flying == 0 && !c.report.flying {
			return
		}
		steps := c.steps
		if stopping || c.window.full() {
			steps = nil
		}
		timer := time.NewTimer(c.next(now))
		select {
		case s := <-steps:
			c.take(s)
		case d := <-c.delivered:
			c.settle(d)
		case s := <-c.caught:
			c.takeCaught(s)
		case d := <-c.fetched:
			c.errand.todo = append(c.errand.todo, d)
		case a := <-c.advanced:
			c.noteAdvanced(a)
		case r := <-c.rebuilt:
			c.endRebuild(r)
		case s := <-c.orders:
			c.adopt(s.Parked)
			c.takeErrands(&s)
		case <-timer.C:
		case <-stop:
			stop, stopping = nil, true
		case <-lost.Done():
			return
		}
		timer.Stop()
	}
}

// next is the time until the next action without an event.
func (c *courier) next(now time.Time) time.Duration {
	wait := time.Minute
	until := func(at time.Time) {
		if !at.IsZero() {
			wait = min(wait, max(at.Sub(now), time.Millisecond))
		}
	}
	until(c.schedule.next())
	until(c.outage.until)
	until(c.rebuild.until)
	if !c.waits.IsZero() {
		until(c.waits.Add(c.sink.Batch.Linger))
	}
	if c.report.due() && !c.report.flying {
		until(c.report.notBefore)
	}
	return wait
}

// dispatch starts deliveries of entries that are ready.
func (c *courier) dispatch(now time.Time) {
	if c.leaf == nil && !c.open(now) {
		return
	}
	c.startRebuild(now)
	for {
		if c.errand.ready() && c.flying <= c.kind.Parallel {
			c.deliver(c.errand.take()) // also in an outage: somebody wants to know
			continue
		}
		most := c.kind.Parallel
		if c.outage.is() {
			most = 1 // one delivery tests whether the outage is over
		}
		if c.flying >= most || c.outage.isWaiting(now) {
			return
		}
		if c.schedule.count == 0 {
			c.waits = time.Time{}
			return
		}
		if c.schedule.count < c.sink.Batch.Max && c.sink.Batch.Linger > 0 {
			if c.waits.IsZero() {
				c.waits = now
			}
			if now.Before(c.waits.Add(c.sink.Batch.Linger)) {
				return
			}
		}
		c.waits = time.Time{}
		c.deliver(delivered{entries: c.schedule.take(c.sink.Batch.Max)})
	}
}

// open opens the leaf. A leaf that cannot be opened is an outage.
func (c *courier) open(now time.Time) bool {
	if !c.errand.ready() && (c.outage.isWaiting(now) || c.schedule.count == 0 && !c.rebuild.wanted) {
		return false
	}
	target := Target{
		Tenant: c.o.Tenant, Sink: c.sink.Name, URL: c.sink.Target, Topic: c.sink.Topic, Format: c.sink.Format, Secrets: c.sink.Secrets, Epoch: c.sink.Epoch, Record: c.log.add,
		Stock: c.books, Filter: c.sink.Filter,
	}
	leaf, err := c.kind.Open(c.live, target)
	if err != nil {
		for c.errand.ready() {
			if d := c.errand.take(); d.test != "" {
				c.report.Test = &client.SinkTest{EventID: d.test, Error: line(err.Error())}
			}
		}
		c.goDown(now, Down(err))
		return false
	}
	c.leaf = leaf
	return true
}

// deliver starts one delivery.
func (c *courier) deliver(d delivered) {
	messages := d.messages
	for _, e := range d.entries {
		m := e.message
		m.Try = e.tries + 1
		messages = append(messages, m)
	}
	d.messages = messages
	c.flying++
	leaf, live := c.leaf, c.live
	c.all.Go(func() {
		d.began = time.Now()
		d.errs = leaf.Deliver(live, messages)
		d.took = time.Since(d.began)
		if d.errs != nil && len(d.errs) != len(messages) {
			d.errs = All(len(messages), fmt.Errorf("the leaf answered %d of %d messages", len(d.errs), len(messages)))
		}
		select {
		case c.delivered <- d:
		case <-live.Done():
		}
	})
}

// delivered is a delivery and its outcome.
type delivered struct {
	entries  []*entry
	messages []Message
	errs     []error // as those of Leaf.Deliver
	began    time.Time
	took     time.Duration
	test     string            // the id of a test event
	again    client.Redelivery // what is sent once more
}

// settle handles the outcome of a delivery.
func (c *courier) settle(d delivered) {
	c.flying--
	now := time.Now()
	if len(d.entries) == 0 {
		c.settleErrand(d)
		return
	}
	var down error
	failed := 0
	for _, err := range d.errs {
		var isDown *DownError
		if err != nil {
			failed++
		}
		if errors.As(err, &isDown) || errors.Is(err, ErrDisabled) {
			down = err
		}
	}
	split := len(d.entries) > 1 && failed == len(d.entries) && down == nil
	queues := map[*keyQueue][]int{}
	var order []*keyQueue
	for i, e := range d.entries {
		q := c.schedule.queue(keyOf(e.event))
		if queues[q] == nil {
			order = append(order, q)
		}
		queues[q] = append(queues[q], i)
	}
	for _, q := range order {
		c.settleKey(q, d, queues[q], split, now)
	}
	switch {
	case down != nil:
		c.goDown(now, down)
	case c.outage.is():
		c.outage = outage{}
		c.report.failing(false)
	}
}

// settleKey handles the entries of one key of a delivery, which are in order.
func (c *courier) settleKey(q *keyQueue, d delivered, of []int, split bool, now time.Time) {
	done := 0
	var bad error
	for _, i := range of {
		if d.errs != nil && d.errs[i] != nil {
			bad = d.errs[i]
			break
		}
		c.done(d.entries[i], now)
		done++
	}
	if bad == nil {
		c.schedule.giveBack(q, done)
		c.afterCaught(q)
		return
	}
	first := d.entries[of[done]]
	c.report.Retries += int64(len(of) - done)
	c.o.Metrics.retried(c.o.Tenant, c.sink.Name, len(of)-done)
	var isDown *DownError
	switch {
	case errors.As(bad, &isDown) || errors.Is(bad, ErrDisabled):
		c.schedule.giveBack(q, done)
		c.afterCaught(q)
		return
	case split:
		for _, i := range of {
			d.entries[i].alone = true
		}
		c.schedule.giveBack(q, done)
		c.afterCaught(q)
		return
	}
	first.tries++
	c.report.LastError = line(bad.Error())
	if errors.Is(bad, ErrRejected) || first.tries >= mostTries {
		c.schedule.giveBack(q, done)
		c.park(q, first, bad.Error())
		return
	}
	q.until = now.Add(pauseAfter(first.tries, bad))
	c.schedule.giveBack(q, done)
	c.afterCaught(q)
}

// done records that an entry was delivered.
func (c *courier) done(e *entry, now time.Time) {
	e.done = true
	c.report.Delivered++
	c.o.Metrics.delivered(c.o.Tenant, c.sink.Name, now.Sub(e.event.At))
	if e.caught != nil {
		e.caught.unsent--
		<-e.caught.room
	}
}

// afterCaught ends the catch-up of the queue when it is complete.
func (c *courier) afterCaught(q *keyQueue) {
	if q.parking != nil && q.parking.catchup != nil {
		c.endCatchup(q.parking.catchup)
	}
}
