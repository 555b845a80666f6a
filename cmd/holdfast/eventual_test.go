package main

import (
	"strings"
	"testing"
	"time"
)

func TestTheAgeOfEventualReadsIsBounded(t *testing.T) {
	t.Parallel()
	for age, right := range map[time.Duration]bool{0: true, time.Millisecond: true, 25 * time.Second: true, -1: false, 26 * time.Second: false} {
		c := booksConfig{db: "sqlite:a.db", sets: 1, eventualAge: age}
		if err := c.check(); (err == nil) != right || err != nil && !strings.Contains(err.Error(), "--eventual-age") {
			t.Errorf("%s: %v", age, err)
		}
	}
}
