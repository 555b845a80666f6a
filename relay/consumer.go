package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// mostReceived is how many messages are processed together.
	mostReceived = 1000
	// mostBytes bounds the commands of a batch.
	mostBytes = 4 << 20
	// receiveWait is how long a consumer waits for messages before it checks its other work.
	receiveWait = time.Second
	// brokerWait bounds a call of a broker, executeWait one batch of commands.
	brokerWait  = 15 * time.Second
	executeWait = 15 * time.Second
	// checkWait bounds the answer to a test. Its caller waits 8 s.
	checkWait = 5 * time.Second
	// holdEvery is how often the broker learns that its messages are still being processed.
	holdEvery = 5 * time.Second
)

// consumer carries out the messages of one source as long as the relay has it. One
// goroutine does all of it. It receives messages, sends their commands as one batch,
// reports parked messages to the books, replies, and acknowledges. Only then does it
// receive more. So later messages wait for the answer to the earlier ones, and a message
// with an unknown answer is redelivered.
type consumer struct {
	source client.ClaimedSource
	books  Commands
	open   InletKind
	o      Options

	inlet    Inlet
	pending  []*letter // received and not acknowledged, the oldest first
	orders   chan sourceOrder
	requeued []*letter
	redone   map[string]time.Time // when the books learned of a requeued message, by id; zero: it is being processed
	outage   outage
	held     time.Time // when Hold was called last
	test     string    // the id of the last test that was started
	asked    bool      // it is not answered
	alone    int       // how many letters are sent one by one, because a batch with them was refused
	told     sourceReport

	live  context.Context //nolint:containedctx // of calls: it ends with the lease
	going context.Context //nolint:containedctx // nothing new is begun when it has ended
}

func newConsumer(s sourceOrder, open InletKind, o Options) *consumer {
	c := &consumer{source: s.ClaimedSource, books: o.Consuming.Commands, open: open, o: o, orders: make(chan sourceOrder, 1), redone: map[string]time.Time{}}
	c.told.AdvanceSource = client.AdvanceSource{RelayID: o.ID, Name: s.Name, Epoch: s.Epoch, Turn: s.Turn + 1}
	c.orders <- s
	return c
}

func (c *consumer) run(lost context.Context, stop <-chan struct{}) {
	live, cancel := context.WithCancel(lost)
	defer cancel()
	going, halt := context.WithCancel(live)
	defer halt()
	defer context.AfterFunc(live, halt)()
	halted := make(chan struct{})
	go func() {
		defer close(halted)
		select {
		case <-stop:
			halt()
		case <-going.Done():
		}
	}()
	c.live, c.going = live, going
	c.o.Metrics.beginSource(c.o.Tenant, c.source.Name)
	for going.Err() == nil && !c.told.fenced {
		c.takeOrders()
		if err := c.step(); err != nil {
			c.goDown(err)
		}
		c.tell(false)
	}
	if !c.told.fenced {
		c.tell(true)
	}
	c.drop()
	c.o.Metrics.forgetSource(c.o.Tenant, c.source.Name)
	halt()
	<-halted
}

// step receives messages and processes them, or continues with those that it has. An
// error means that nothing can be done now.
func (c *consumer) step() error {
	if c.asked {
		return c.answerTest()
	}
	if c.inlet == nil {
		if err := c.connect(brokerWait); err != nil {
			return err
		}
	}
	if len(c.requeued) > 0 {
		return c.redo()
	}
	if len(c.pending) == 0 {
		ctx, cancel := context.WithTimeout(c.going, receiveWait)
		got, err := c.inlet.Receive(ctx, mostReceived)
		cancel()
		if err != nil {
			c.drop()
			return fmt.Errorf("receive: %w", err)
		}
		for _, in := range got {
			c.pending = append(c.pending, c.read(in))
		}
		c.held = time.Now()
		c.noteLag()
	}
	err := c.work()
	if err == nil {
		c.comeUp()
	}
	return err
}

// read reads a message of the source.
func (c *consumer) read(in *Incoming) *letter {
	l := read(c.source.Format, in)
	l.shortage = c.source.Shortage
	c.o.Metrics.ignored(c.o.Tenant, c.source.Name, l.unknown)
	return l
}

// connect opens the inlet, within a time limit.
func (c *consumer) connect(wait time.Duration) error {
	s := &c.source
	o := Origin{Tenant: c.o.Tenant, Source: s.Name, URL: s.Target, Topic: s.Topic, Group: s.Group, Reply: s.Reply}
	if s.Secret != "" {
		o.Secrets = []string{s.Secret}
	}
	ctx, cancel := context.WithTimeout(c.going, wait)
	defer cancel()
	inlet, err := c.open(ctx, o)
	if err != nil {
		return err
	}
	c.inlet = inlet
	return nil
}

// drop closes the inlet: messages that were not acknowledged are redelivered.
func (c *consumer) drop() {
	if c.inlet != nil {
		if err := c.inlet.Close(); err != nil {
			c.o.Log.Debug("cannot close the way to a source", "source", c.source.Name, "err", err)
		}
	}
	c.inlet, c.pending, c.alone = nil, nil, 0
}

// work processes the received messages as far as it can. When it returns an error, the
// messages before the error are done.
func (c *consumer) work() error {
	for len(c.pending) > 0 && c.going.Err() == nil {
		failed := c.execute()
		n := 0
		for n < len(c.pending) && c.pending[n].done() {
			n++
		}
		if err := c.settle(c.pending[:n]); err != nil {
			return err
		}
		c.pending = c.pending[n:]
		if failed != nil {
			return failed
		}
	}
	return nil
}

// execute sends the commands of the first messages as one batch. Some may have been carried
// out before an error.
func (c *consumer) execute() error {
	for _, l := range c.pending {
		if err := c.proceed(l); err != nil {
			return err
		}
	}
	batch, commands := c.batch()
	if len(commands) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.live, executeWait)
	defer cancel()
	results, err := c.books.Execute(ctx, commands)
	for _, l := range batch {
		n := min(len(results), len(l.commands)-len(l.results))
		l.results = append(l.results, results[:n]...)
		results = results[n:]
		c.alone = max(c.alone-btoi(l.done()), 0)
	}
	switch {
	case !isFinal(err):
		return err
	case len(batch) > 1:
		c.alone = len(batch) // one of them is at fault
	default:
		batch[0].cause = line("the books take no such command: " + err.Error())
	}
	return nil
}

// proceed adds the next commands of a message that has several steps.
func (c *consumer) proceed(l *letter) error {
	if l.paid == nil || l.done() {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.live, executeWait)
	defer cancel()
	return l.proceed(ctx, c.books)
}

// isFinal reports whether a batch was refused as a whole, because of its content.
func isFinal(err error) bool {
	return errors.Is(err, client.ErrInvalidArgument) || errors.Is(err, client.ErrPayloadTooLarge)
}

// batch takes the first unfinished messages, as many as a batch has room for, and their
// commands to send.
func (c *consumer) batch() (batch []*letter, commands []client.Command) {
	lines, bytes := 0, 0
	orders := map[string]bool{} // messages of one order have their steps one after the other
	for _, l := range c.pending {
		if l.done() {
			continue
		}
		if l.paid != nil {
			if orders[l.paid.order] {
				break
			}
			orders[l.paid.order] = true
		}
		rest := l.commands[len(l.results):]
		rest = rest[:min(len(rest), mostCommands)]
		lines, bytes = lines+l.lines, bytes+l.bytes
		full := len(commands)+len(rest) > mostCommands || lines > mostLines || bytes > mostBytes || c.alone > 0
		if full && len(batch) > 0 {
			break
		}
		batch, commands = append(batch, l), append(commands, rest...)
	}
	return batch, commands
}

// settle answers, stores and acknowledges messages that are done. Nothing is acknowledged
// before its outcome is stored in the books: a report of a relay that stood still for too long
// is refused, and then another relay gets the messages.
func (c *consumer) settle(done []*letter) error {
	if len(done) == 0 {
		return nil
	}
	if err := c.reply(done); err != nil {
		return err
	}
	if err := c.store(done); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.live, brokerWait)
	defer cancel()
	messages := make([]*Incoming, len(done))
	for i, l := range done {
		messages[i] = l.in
	}
	if err := c.inlet.Ack(ctx, messages); err != nil {
		c.drop()
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}

// reply sends the outcome of messages to the reply topic.
func (c *consumer) reply(done []*letter) error {
	if c.source.Reply == "" {
		return nil
	}
	var replies []Reply
	for _, l := range done {
		// The sender of a message of a restaurant learns each outcome, because the guest has
		// paid. Other messages that are no commands get no reply.
		if (l.cause == "" || c.source.Format == FormatRestaurant) && !l.replied {
			replies = append(replies, Reply{To: l.in, MessageID: l.id, Body: l.reply()})
		}
	}
	if len(replies) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.live, brokerWait)
	defer cancel()
	if err := c.inlet.Reply(ctx, replies); err != nil {
		c.drop()
		return fmt.Errorf("reply: %w", err)
	}
	for _, l := range done {
		l.replied = true
	}
	return nil
}

// goDown records that nothing can be done now, and waits before the next attempt.
func (c *consumer) goDown(err error) {
	if c.going.Err() != nil || c.told.fenced {
		return
	}
	if !c.outage.is() {
		c.outage.since = time.Now()
		c.o.Log.Warn("a source is not consumed", "source", c.source.Name, "err", dial.Detail(err))
	}
	c.outage.tries++
	c.told.fail(line(err.Error()), len(c.pending))
	c.o.Metrics.sourceFailing(c.o.Tenant, c.source.Name, true)
	c.o.Metrics.consumedAgain(c.o.Tenant, c.source.Name, len(c.pending))
	pause := time.NewTimer(Backoff(c.outage.tries))
	defer pause.Stop()
	look := time.NewTicker(advanceEvery)
	defer look.Stop()
	for {
		c.tell(false)
		c.hold()
		if c.takeOrders(); c.asked {
			return // somebody wants to know now
		}
		select {
		case <-pause.C:
			return
		case <-look.C:
		case <-c.going.Done():
			return
		}
	}
}

// comeUp records that something could be done.
func (c *consumer) comeUp() {
	if c.outage.is() {
		c.outage = outage{}
		c.told.recover()
		c.o.Metrics.sourceFailing(c.o.Tenant, c.source.Name, false)
	}
}

// hold reports to the broker at intervals that its messages are still being processed.
func (c *consumer) hold() {
	if c.inlet == nil || len(c.pending) == 0 || time.Since(c.held) < holdEvery {
		return
	}
	c.held = time.Now()
	messages := make([]*Incoming, len(c.pending))
	for i, l := range c.pending {
		messages[i] = l.in
	}
	ctx, cancel := context.WithTimeout(c.live, brokerWait)
	defer cancel()
	if err := c.inlet.Hold(ctx, messages); err != nil {
		c.told.fail(line("hold messages: "+err.Error()), 0)
		c.drop()
	}
}
