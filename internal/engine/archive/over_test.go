package archive_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		return archive.Over(memory.New(), openFolder(t, t.TempDir()))
	})
}

func TestUnderTheLockTheArchiveIsReadToo(t *testing.T) {
	t.Parallel()
	h, dir := moved(t, 24)
	w, err := archive.Over(h.eng, openFolder(t, dir)).Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Unlock()
	recs, err := w.Read(t.Context(), 20, 10)
	if err == nil {
		err = h.same(20, 10, recs)
	}
	if err != nil || len(recs) != 10 {
		t.Errorf("%d records, %v", len(recs), err)
	}
}

func TestWhatIsRememberedOfTheFilesIsBounded(t *testing.T) {
	t.Parallel()
	f := openFolder(t, t.TempDir())
	archive.Fill(f, 100, 1<<20)
	if got := f.CachedBytes(); got > 17<<20 || got < 10<<20 {
		t.Errorf("%d bytes are remembered", got)
	}
}
