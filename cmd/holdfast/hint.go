package main

import (
	"sync"
	"time"
)

// hint is a message to show when nothing has arrived for a while. Nil shows nothing.
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

// end silences the hint. It waits for a say that has begun.
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
