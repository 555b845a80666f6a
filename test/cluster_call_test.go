package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// ask sends a call to one node after the other, with the same key if it has
// one, until it has an outcome. It returns how often it was sent.
func (w *market) ask(r *rand.Rand, method, path, key string, body any) (reply *reply, sent int, err error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), w.patience)
	defer cancel()
	begun := time.Now()
	pause := 2 * time.Millisecond
	var tries []try
	for sent = 1; ; sent++ {
		n := w.nodes[r.IntN(len(w.nodes))]
		since := time.Now()
		reply, err = w.caller.once(ctx, method, n.url(path), key, body)
		tries = append(tries, try{since.Sub(begun), time.Since(begun), n.number, reply, err})
		if err == nil && !again(reply) {
			w.took(time.Since(begun), method+" "+path, tries)
			return reply, sent, nil
		}
		select {
		case <-ctx.Done():
			w.violation("%s %s %v has no outcome after %v: last %+v %v", method, path, body, w.patience, reply, err)
			return nil, sent, ctx.Err()
		case <-time.After(pause):
			pause = min(2*pause, 100*time.Millisecond)
		}
	}
}

// again says whether the contract lets the same call be sent again, because its outcome is not
// known.
func again(r *reply) bool {
	return r.status == http.StatusServiceUnavailable && r.code == "UNAVAILABLE" || r.code == "IN_PROGRESS"
}

// try is one time that a call was sent.
type try struct {
	from, to time.Duration // since the first time
	node     int
	reply    *reply
	err      error
}

func (t try) String() string {
	var said string
	var problem struct{ Detail string }
	switch {
	case t.err != nil:
		said = port.ReplaceAllString(t.err.Error(), "…")
		said = said[strings.LastIndex(said, "\": ")+1:]
	case json.Unmarshal(t.reply.body, &problem) == nil && problem.Detail != "":
		said = problem.Detail
	default:
		said = fmt.Sprint(t.reply.status)
	}
	return fmt.Sprintf("%v to %v node %d: %s", t.from.Round(time.Millisecond), t.to.Round(time.Millisecond), t.node, said)
}

// took notes how long a caller waited for an outcome.
func (w *market) took(d time.Duration, what string, tries []try) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.commands++
	w.sent += len(tries)
	if d > w.longest {
		w.longest, w.slowest, w.tries = d, fmt.Sprintf("%s, sent %d times", what, len(tries)), tries
	}
}

func (w *market) violation(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations++
	const enough = 100
	if len(w.wrong) < enough {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

// shortage is the answer to an order whose units are not available.
type shortage struct {
	Product   string `json:"product_id"`
	Location  string `json:"location_id"`
	Requested int64
	Available int64
}

func (r *reply) shortages() []shortage {
	var problem struct{ Shortages []shortage }
	if json.Unmarshal(r.body, &problem) != nil {
		return nil
	}
	return problem.Shortages
}

// at is the moment for a history: nanoseconds since the load began.
func (w *market) at() int64 { return time.Since(w.begun).Nanoseconds() }
