package main

import (
	"sync"
	"time"
)

// hint is something to say when nothing has come for a while. Nil has nothing to say.
type hint struct {
	timer *time.Timer
	said  chan struct{}
	once  sync.Once
}

// hintAfter calls say after a while, unless the hint is ended before.
func hintAfter(while time.Duration, say func()) *hint {
	h := &hint{said: make(chan struct{})}
	h.timer = time.AfterFunc(while, func() {
		defer close(h.said)
		say()
	})
	return h
}

// end makes the hint silent. It waits for a say that has begun.
func (h *hint) end() {
	if h == nil {
		return
	}
	h.once.Do(func() {
		if !h.timer.Stop() {
			<-h.said
		}
	})
}
