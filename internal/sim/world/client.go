package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// client sends one command after another. It repeats each until it has an answer, unless the
// command cannot be repeated.
type client struct {
	w    *world
	name string
	rnd  *rand.Rand
	// script is what it sends; without one it makes commands up.
	script []command
	sent   int
	// carries says that it sends stock from one place to another.
	carries bool
	joined  int // calls about orders that are to be joined
	back    int // calls about orders that come back
	kit     kitOrder
}

// question is a command that was sent and its outcome.
type question struct {
	command
	// from and to are the head when it was first sent and when the answer
	// was there; begun and ended the steps.
	from, to     int
	begun, ended int
	answer       *answer // nil: nobody knows
	most         stock.Time
	parcel       *parcel
	said         string // the first answer that is an outcome
	loose        bool   // others may differ from it
	nothing      bool   // it was turned away: nothing has happened
	also         string // one that does
}

func (w *world) newClient(id int, script []command) *client {
	c := &client{w: w, name: fmt.Sprintf("c%d", id), rnd: rand.New(rand.NewPCG(w.cfg.Seed, uint64(100+id))), script: script}
	w.clients = append(w.clients, c)
	return c
}

// live starts the client.
func (w *world) live(c *client) {
	w.mu.Lock()
	w.left++
	w.mu.Unlock()
	w.all.Go(func() {
		c.run()
		w.mu.Lock()
		w.left--
		w.mu.Unlock()
	})
}

func (c *client) run() {
	w := c.w
	n := w.cfg.Commands
	if w.gaps {
		n *= 2
	}
	if w.blended {
		n += n / 2
	}
	if c.script != nil {
		n = len(c.script)
	}
	for c.sent < n && !w.ended() {
		w.wait(c.name, "next", nil)
		p := &parcel{}
		if c.script != nil {
			c.put(p, c.script[c.sent])
		} else {
			c.fill(p, n-c.sent)
		}
		c.ask(p)
	}
}

// parcel is a command, or a few that are sent as one batch.
type parcel struct {
	name      string // of its first question
	questions []*question
	attempts  int
	sent      int // requests, twins counted
	under     int // requests that a node is at
}

// put adds a command to the parcel.
func (c *client) put(p *parcel, cmd command) {
	c.sent++
	cmd.id = fmt.Sprintf("%s.%d", c.name, c.sent)
	if cmd.key != "" {
		cmd.key = "k-" + cmd.id
	}
	if p.name == "" {
		p.name = cmd.id
	}
	p.questions = append(p.questions, &question{command: cmd, parcel: p})
}

// repeatable reports whether the parcel may be sent again.
func (p *parcel) repeatable() bool {
	return p.questions[0].key != "" || p.questions[0].repeatable()
}

// ask sends the parcel until there is an answer to each question.
func (c *client) ask(p *parcel) {
	w := c.w
	w.mu.Lock()
	if len(p.questions) > 1 {
		w.stats.Batches++
	}
	for _, q := range p.questions {
		q.begun, q.from = w.step, len(w.records)
		w.questions = append(w.questions, q)
		w.stats.Commands++
		w.trace.note("asks", c.name, q.id+" "+q.command.String())
	}
	w.mu.Unlock()
	for !w.ended() {
		p.attempts++
		if c.takeAnswers(p, c.attempt(p)) {
			return
		}
		if !p.repeatable() || w.gaps && p.attempts > 1 && givesUp(c, p) {
			w.note("gives up", c.name, p.name)
			return
		}
		pause := time.NewTimer(time.Duration(1+c.rnd.IntN(40*min(p.attempts, 8))) * time.Millisecond)
		select {
		case <-pause.C:
		case <-w.ctx.Done():
		}
		w.wait(c.name, "again", nil)
	}
}

// takeAnswers takes in the answers and reports whether they are complete.
func (c *client) takeAnswers(p *parcel, answers []*answer) bool {
	w := c.w
	w.mu.Lock()
	defer w.mu.Unlock()
	all := true
	for i, q := range p.questions {
		if q.answer == nil && i < len(answers) && answers[i].final() {
			a := answers[i]
			q.answer, q.to, q.ended, q.most = a, len(w.records), w.step, w.latest()
			w.stats.Answers++
			w.learn(a)
			c.learnLots(q)
			w.trace.note("hears", c.name, fmt.Sprintf("%s: %d %s", q.id, a.status, a.raw))
		} else if q.answer == nil && i < len(answers) {
			q.declined(answers[i])
		}
		all = all && q.answer != nil
	}
	return all
}

// final says that an answer is the command's outcome.
func (a *answer) final() bool {
	return a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests && a.code != "IN_PROGRESS"
}

// attempt sends the parcel once, sometimes twice, and waits for answers. It returns nil for none.
func (c *client) attempt(p *parcel) []*answer {
	w := c.w
	replies := make(chan []*answer, 2)
	ctx, hangUp := context.WithCancel(w.ctx)
	n := 1
	w.mu.Lock()
	if !w.calm && p.repeatable() && c.rnd.IntN(10_000) < w.weather.twice {
		n = 2
	}
	w.mu.Unlock()
	first := c.rnd.IntN(len(w.nodes))
	p.sent += n
	for i := range n {
		name := fmt.Sprintf("%s.%d", p.name, p.attempts)
		if i > 0 {
			name += "b"
		}
		node := w.nodes[(first+i)%len(w.nodes)]
		lost, unheard := c.loseMessage(), c.loseMessage()
		w.all.Go(func() { w.carry(ctx, node, p, name, lost, unheard, replies) })
	}
	patience := time.NewTimer(time.Duration(200+c.rnd.IntN(4000)) * time.Millisecond)
	defer patience.Stop()
	var answers []*answer
wait:
	for range n {
		select {
		case answers = <-replies:
			if answers != nil && answers[0].final() {
				break wait
			}
		case <-patience.C:
			answers = nil
			break wait
		case <-w.ctx.Done():
			break wait
		}
	}
	w.wait(c.name, "listens", nil)
	if c.rnd.IntN(3) == 0 {
		hangUp()
	} else {
		context.AfterFunc(w.ctx, hangUp)
	}
	return answers
}

// loseMessage throws the dice for one message.
func (c *client) loseMessage() bool {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if c.w.calm || c.rnd.IntN(10_000) >= c.w.weather.lose {
		return false
	}
	c.w.stats.Lost++
	return true
}

// carry takes one request to a node and its answer back. A request that is
// lost, or whose answer is, gets none.
func (w *world) carry(ctx context.Context, n *node, p *parcel, name string, lost, unheard bool, replies chan<- []*answer) {
	w.wait(name, "request sent", nil)
	if lost {
		return
	}
	w.mu.Lock()
	l := n.life
	up := l.up && !l.dead
	leaves := func() {}
	if up {
		p.under++
		leaves = l.enters()
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			p.under--
		}()
	}
	w.mu.Unlock()
	if !up {
		replies <- nil // connection refused
		return
	}
	defer leaves()
	w.wait(name, "request came", l)
	r, err := p.request(withCaller(ctx, name), name, w.bearer)
	if err != nil {
		w.fail(err)
		return
	}
	out := &wire{head: http.Header{}}
	if !l.lives(func() { l.front.ServeHTTP(out, r) }, name, "answer made") {
		replies <- nil // connection reset
		return
	}
	answers, err := p.answers(out, name)
	if err != nil {
		w.fail(err)
		return
	}
	for i, a := range answers {
		w.compare(p.questions[i], a)
	}
	if !unheard {
		replies <- answers
	}
}
