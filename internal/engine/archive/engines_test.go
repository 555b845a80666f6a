package archive_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

// A record comes out of the files as each engine gives it, bit for bit, though
// those that drop whole parts of the log keep it for the time being.
func TestRecordsOfEveryEngineAreKeptBitForBit(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) (engine.Engine, error){
		"postgres": func(t *testing.T) (engine.Engine, error) { return postgres.Open(t.Context(), dbtest.Postgres(t)) },
		"mysql":    func(t *testing.T) (engine.Engine, error) { return mysql.Open(t.Context(), dbtest.MySQL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			h, dir := newHistory(t, e), t.TempDir()
			h.grow(40)
			for range 2 { // the second compares what the first has copied
				if r := run(t, h, dir, archive.Plan{UpTo: 30}); r.Last != 30 || r.Gone > 30 {
					t.Errorf("%+v", r)
				}
			}
			recs, err := openFolder(t, dir).Read(t.Context(), 0, 100)
			if err == nil {
				err = h.same(0, 100, recs)
			}
			if err != nil || len(recs) != 30 {
				t.Errorf("%d records, %v", len(recs), err)
			}
			h.check(dir)
		})
	}
}
