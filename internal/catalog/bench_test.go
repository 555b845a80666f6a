package catalog

import (
	"errors"
	"fmt"
	"testing"
)

// BenchmarkHot is what each request pays. AMD EPYC with SHA instructions, 2
// cores that others kept busy, so CPU time and not elapsed, ns each:
// authenticate 195, refuse 345, known 112, settings 97. A miss, which asks the
// database, took 17,000 elapsed.
func BenchmarkHot(b *testing.B) {
	c, err := Open(b.Context(), b.TempDir()+"/bench.db")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	ctx := b.Context()
	if _, err := c.CreateTenant(ctx, "demo"); err != nil {
		b.Fatal(err)
	}
	_, printed, err := c.CreateKey(ctx, KeySpec{Tenant: "demo", Scopes: ScopeRead})
	if err != nil {
		b.Fatal(err)
	}
	ref := Ref{"demo", "tea", "shop"}
	if _, err := c.Know(ctx, Introduction{Ref: ref}); err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		call func() error
	}{
		{"authenticate", func() error { _, err := c.Authenticate(ctx, printed); return err }},
		{"refuse", func() error {
			if _, err := c.Authenticate(ctx, "hf_00000000_0123456789"); err == nil {
				return errors.New("accepted")
			}
			return nil
		}},
		{"known", func() error { _, err := c.Known(ctx, ref); return err }},
		{"settings", func() error { _, err := c.Settings(ctx, "demo"); return err }},
		{"miss", func() error { _, err := c.Known(ctx, Ref{"demo", "none", "shop"}); return err }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIntroduce is one new product in a long list. On the machine of
// BenchmarkHot, with eight others on it: SQLite 55 µs, PostgreSQL and MariaDB
// 220 µs each; stored row by row the servers would take four round trips more.
func BenchmarkIntroduce(b *testing.B) {
	for _, in := range []home{onSQLite, onPostgres, onMySQL} {
		b.Run(in.name, func(b *testing.B) {
			c, err := Open(b.Context(), in.new(b))
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			if _, err := c.CreateTenant(b.Context(), "demo"); err != nil {
				b.Fatal(err)
			}
			ins := make([]Introduction, b.N)
			for i := range ins {
				ins[i].Ref = Ref{"demo", fmt.Sprint(i), "shop"}
			}
			b.ResetTimer()
			for _, a := range c.KnowAll(b.Context(), ins) {
				if a.Err != nil {
					b.Fatal(a.Err)
				}
			}
		})
	}
}
