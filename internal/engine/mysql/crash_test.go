package mysql_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// TestAServerThatIsKilled lets two engines append while the server is killed
// and started again: acknowledged groups are there, and groups that their
// writer found not to be stored never appear.
func TestAServerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := dbtest.StartMySQL(t)
	dsn := s.DSN(t)
	engines := []*mysql.Engine{open(t, dsn), open(t, dsn)}
	var books [2]book
	h := engine.Seq(0)
	for range 2 {
		h += 60
		var wg sync.WaitGroup
		begun := make(chan struct{})
		var once sync.Once
		for i, e := range engines {
			wg.Go(func() {
				books[i].fill(t, e, byte(i), h, func(at engine.Seq) {
					if at > h-40 {
						once.Do(func() { close(begun) })
					}
				})
			})
		}
		<-begun
		s.Kill()
		s.Start()
		wg.Wait()
	}
	audit(t, engines[0], books[:])
	for _, e := range engines {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAServerThatIsStoppedForAMoment(t *testing.T) {
	t.Parallel()
	s := dbtest.StartMySQL(t)
	dsn := s.DSN(t)
	a, b := open(t, dsn), open(t, dsn)
	defer a.Close()
	defer b.Close()
	const h = 5
	enginetest.Fill(t, a, h)
	s.Pause()
	enginetest.AppendUnanswered(t, a, h)
	short, cancelShort := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancelShort()
	if recs, err := a.Read(short, h, 1); err == nil {
		t.Errorf("read %d records while nobody can know", len(recs))
	}
	s.Resume()
	there := whatBecame(t, a, h)
	switch err := b.Append(t.Context(), h, enginetest.Nth(h+1)); {
	case there && !errors.Is(err, engine.ErrMoved), !there && err != nil:
		t.Errorf("the record was there: %t, and then %v", there, err)
	}
	if at, err := enginetest.Check(t.Context(), a); err != nil || at != h+1 {
		t.Errorf("the head is at %d, want %d: %v", at, h+1, err)
	}
}
