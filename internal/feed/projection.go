package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// Projection is a named reader of the log of a slot. It turns the records into a table,
// messages or calls. A Runner runs it. Any number of processes may run the same one.
type Projection struct {
	Name string
	// Apply takes in the next record. When it fails it is tried again from the stored
	// cursor on, so earlier records may be applied again.
	Apply func(ctx context.Context, r *Record) error
	// Output keeps what Apply makes. The default keeps only the cursor, under the name of
	// the projection.
	Output Output
	// Pace is how far apart the output is saved while records keep coming; Poll is how
	// often the projection looks for records of other processes, which send no notification
	// here. Poll is 200 ms by default.
	Pace, Poll time.Duration
	// Hurry makes the projection look, and save, at once.
	Hurry <-chan struct{}
}

// Output is where a projection keeps what it makes of the records, with its cursor: the
// position up to which they were taken in.
type Output interface {
	// Cursor returns the stored cursor.
	Cursor(ctx context.Context) (engine.Seq, error)
	// Save stores what was applied since the last Save, forgets it, and moves the cursor
	// from from to to. If a part has to wait, it moves the cursor less far, keeps that
	// part, and is called again. It returns where the cursor is. ErrMoved says that another
	// process has moved it; nothing was stored.
	Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error)
	// Full reports whether it is time to save.
	Full() bool
	// Reset forgets what was applied, because it will be applied again.
	Reset()
}

// projectionPoll is the default of Projection.Poll.
const projectionPoll = 200 * time.Millisecond

// cursorOnly is the output of a projection whose Apply keeps nothing back.
type cursorOnly struct {
	engine.Cursors
	name string
}

func (o cursorOnly) Cursor(ctx context.Context) (engine.Seq, error) {
	return o.Cursors.Cursor(ctx, o.name)
}

func (o cursorOnly) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	return to, o.SetCursor(ctx, o.name, from, to)
}

func (cursorOnly) Full() bool { return false }
func (cursorOnly) Reset()     {}

// Rebuild makes a projection that keeps only a cursor begin anew, with the first record
// that is left. A running projection notices at its next save.
func (l *Log) Rebuild(ctx context.Context, name string) error {
	at, err := l.Engine.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read the cursor of %s: %w", name, err)
	}
	if err := l.Engine.SetCursor(ctx, name, at, 0); err != nil {
		return fmt.Errorf("move the cursor of %s: %w", name, err)
	}
	return nil
}

// projecting is a projection that runs.
type projecting struct {
	Projection
	log    *Log
	told   *Subscription
	jitter func(time.Duration) time.Duration

	at, cursor engine.Seq // applied up to, and saved
	saved      time.Time
	look       bool // others may have written
	hurry      bool
}

// Project adds the projection of the log of the next slot.
func (r *Runner) Project(l *Log, p Projection) {
	if p.Output == nil {
		p.Output = cursorOnly{l.Engine, p.Name}
	}
	if p.Poll == 0 {
		p.Poll = projectionPoll
	}
	work := &projecting{Projection: p, log: l, told: l.subscribe(), jitter: r.Jitter}
	r.mu.Lock()
	r.behind = append(r.behind, &lag{p, l})
	r.mu.Unlock()
	r.Add(work.follow)
}

// ProjectEach adds the projection that of makes for each of the logs, and later for each
// log that is added to them, also while Run runs.
func (r *Runner) ProjectEach(logs *Logs, of func(l *Log) Projection) {
	logs.forEach(func(l *Log) { r.Project(l, of(l)) })
}

// follow applies record after record until an error. It calls done after each step that
// succeeded.
func (p *projecting) follow(ctx context.Context, done func()) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		n, err := p.apply(ctx)
		if err != nil {
			return err
		}
		due := p.Pace - time.Since(p.saved)
		switch {
		case p.Output.Full(), n == 0 && p.at > p.cursor && (p.hurry || due <= 0):
			if err := p.save(ctx); err != nil {
				return err
			}
			done()
		case n > 0: // there may be more
		case p.at == p.cursor:
			done()
			p.hurry = false
			p.pause(ctx, p.Poll, p.told.grown)
		case p.actsAtOnce():
			p.pause(ctx, min(due, p.Poll), p.told.grown)
		default:
			p.pause(ctx, due, p.told.full)
			p.look = p.hurry
		}
	}
	return ctx.Err()
}

// actsAtOnce reports whether Apply has done its work when it returns: then only the cursor waits to
// be saved, and a new record does not wait with it.
func (p *projecting) actsAtOnce() bool {
	_, only := p.Output.(cursorOnly)
	return only
}

// begin starts behind the stored cursor.
func (p *projecting) begin(ctx context.Context) (err error) {
	p.Output.Reset()
	if p.cursor, err = p.Output.Cursor(ctx); err != nil {
		return fmt.Errorf("read the cursor of %s: %w", p.Name, err)
	}
	p.at, p.look = p.cursor, true
	return nil
}

// apply applies some records, and returns how many there were.
func (p *projecting) apply(ctx context.Context) (n int, err error) {
	records, err := p.told.next(ctx, p.at, p.look)
	for _, r := range records {
		if p.Output.Full() {
			break
		}
		if err := p.Apply(ctx, r); err != nil {
			return 0, fmt.Errorf("record %d: %w", r.Seq, err)
		}
		p.at = r.Seq
	}
	return len(records), err
}

// save saves what was applied. Where another process was faster, it lets that one work.
func (p *projecting) save(ctx context.Context) error {
	p.saved, p.hurry = time.Now(), false
	reached, err := p.Output.Save(ctx, p.cursor, p.at)
	switch {
	case errors.Is(err, engine.ErrMoved):
		// Both trying would only waste work: look again in a while.
		if err := p.begin(ctx); err != nil {
			return err
		}
		p.pause(ctx, p.jitter(p.Poll), nil)
		p.look = true
	case err != nil:
		return fmt.Errorf("store %s from %d to %d: %w", p.Name, p.cursor, p.at, err)
	default:
		p.cursor = reached
	}
	return nil
}

// pause waits for d, for something on wake, or until it is to hurry. It looks
// for records of others unless it was woken.
func (p *projecting) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	p.look = false
	select {
	case <-t.C:
		p.look = true
	case <-wake:
	case <-p.Hurry:
		p.hurry = true
	case <-ctx.Done():
	}
	// The next round serves all calls so far.
	p.hurry = takeSignal(p.Hurry) || p.hurry
	p.look = p.look || p.hurry
	takeSignal(p.told.grown)
}

// takeSignal takes a signal if there is one.
func takeSignal(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
