package peer_test

import (
	"net/url"
	"runtime"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/proof/peer"
)

func TestAServerSaysWhatItUses(t *testing.T) {
	t.Parallel()
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := dial(t, server.dsn(t))
			if s.Engine() != server.name || !strings.Contains(s.Version(), " ") {
				t.Errorf("it is %q, %q", s.Engine(), s.Version())
			}
			redo, err := s.Redo(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cpu, known := s.CPU()
			if known != (runtime.GOOS == "linux") {
				t.Errorf("CPU known: %v", known)
			}
			took, err := s.CommitTime(t.Context())
			if err != nil || took <= 0 {
				t.Errorf("a commit takes %v, %v", took, err)
			}
			if after, err := s.Redo(t.Context()); err != nil || after <= redo {
				t.Errorf("commits took the redo log from %d to %d, %v", redo, after, err)
			}
			// The CPU time of ended processes is known in hundredths of a second.
			after, _ := s.CPU()
			for n := 0; known && after <= cpu && n < 20; n++ {
				if _, err := s.CommitTime(t.Context()); err != nil {
					t.Fatal(err)
				}
				after, _ = s.CPU()
			}
			if known && after <= cpu {
				t.Errorf("commits took the CPU time from %v to %v", cpu, after)
			}
			if room, err := s.Room(t.Context()); err != nil || room < 1 {
				t.Errorf("room for %d connections, %v", room, err)
			}
		})
	}
}

func TestSettingsAreSafeOrRefused(t *testing.T) {
	t.Parallel()
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			anybody, forms, err := dial(t, server.dsn(t)).Settings(t.Context())
			if err != nil || len(anybody) < 3 || peer.Differ(anybody, forms) != "" {
				t.Errorf("%v, %v, %v", anybody, forms, err)
			}
		})
	}
	t.Run("a connection that does not wait for the disk", func(t *testing.T) {
		t.Parallel()
		u, err := url.Parse(servers[0].dsn(t))
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		query.Set("synchronous_commit", "off")
		u.RawQuery = query.Encode()
		_, _, err = dial(t, u.String()).Settings(t.Context())
		if err == nil || !strings.Contains(err.Error(), "synchronous_commit = off, which loses the last commits") {
			t.Errorf("got %v", err)
		}
	})
}

func TestSidesMustHaveTheSameSettings(t *testing.T) {
	t.Parallel()
	safe := []peer.Setting{{Name: "fsync", Value: "on"}, {Name: "synchronous_commit", Value: "on"}}
	for _, test := range []struct {
		name string
		b    []peer.Setting
		want string
	}{
		{"the same", []peer.Setting{safe[1], safe[0]}, ""},
		{"one differs", []peer.Setting{safe[0], {Name: "synchronous_commit", Value: "local"}}, "synchronous_commit"},
		{"one is missing", safe[:1], "synchronous_commit, their number"},
	} {
		if got := peer.Differ(safe, test.b); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got := peer.Describe(safe); got != "fsync=on, synchronous_commit=on" {
		t.Errorf("described as %q", got)
	}
}

// The floor takes groups as the ledger makes them, and the same group once.
func TestTheFloorStoresGroups(t *testing.T) {
	t.Parallel()
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := dial(t, server.dsn(t))
			floor, err := s.OpenFloor(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			group := &engine.Group{
				Record: engine.Record{Seq: 1, Body: []byte("it's \x00 packed")},
				Items:  []engine.ItemRow{{Key: stock.ItemKey{Tenant: "t", Product: "mug'", Location: "l"}, Packed: []byte{0}}},
				Keys:   []engine.KeyRow{{ID: engine.KeyID{1}, Seq: 1}, {ID: engine.KeyID{2}, Seq: 1, Index: 1}},
			}
			for _, order := range []string{"a", "b", "c"} {
				group.Holds = append(group.Holds, engine.HoldRow{Key: stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: order}}, Packed: []byte("h")})
			}
			if err := floor.Write(t.Context(), group); err != nil {
				t.Fatal(err)
			}
			if err := floor.Write(t.Context(), group); err == nil {
				t.Error("the same record was stored twice")
			}
			group.Record.Seq, group.Holds, group.Keys = 2, nil, nil
			if err := floor.Write(t.Context(), group); err != nil {
				t.Errorf("the next record: %v", err)
			}
		})
	}
}
