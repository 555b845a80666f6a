package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestFixturesAreLoadedIntoASandboxAlone(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.refused(exitFailed, []prints{{"sandbox load shop", "the tenant is not a sandbox: nothing was loaded"}})
	h.refused(exitUsage, []prints{{"sandbox load chain", "one of shop, lots, sold_out"}})
	if got := h.says("list"); strings.Contains(got, "mug") {
		t.Errorf("refused, and there is\n%s", got)
	}
	h.inSandbox("try")
	const level = "product location available reserved on hand low at status on sale\n"
	h.all([]prints{
		{"sandbox load shop", "opened there before\n41 0"},
		{"inventory show mug", "default 40 0 40 0 0 0 0 0 in_stock\nstore 10 0 10"},
		{"reserve o-1 tea-set=2 mug=39", "o-1 cup default 8 0 0 active"},
		{"deduct o-1", ""},
		{"open none-left 9 --location store", level},
		{"sandbox load sold_out", "opened there before\n4 0"},
		{"sandbox load lots", "opened there before\n3 0"},
		{"list --csv", "none-left,default,0,0,0,0,sold_out,yes"},
		{"list --csv", "last-one,default,1,0,1,0,in_stock,yes"},
		{"list --csv", "oversold,default,0,0,0,0,oversold,yes"},
		{"list --csv", "off-sale,default,5,0,5,0,off_sale,no"},
		{"lots list milk", "default batch=M1 expires_at=2020-01-31 0 0 10 0 0 2020-02-01T00:00:00.000Z expired"},
		{"lots list yoghurt", "batch=Y1 expires_at=2099-06-30 0 0 15 0 0 2099-07-01T00:00:00.000Z recalled"},
		{"check milk yoghurt cheese", "milk 1 50 in_stock\nyoghurt 1 25 in_stock\ncheese 1 25 in_stock"},
		{"lots recall yoghurt batch=Y1 --lift --reason fine", ""},
		{"restock last-one 4", ""},
	})
	stock := func() string { return h.says("list --csv") + h.says("lots list milk") + h.says("lots recalls") }
	was := stock()
	h.all([]prints{
		{"sandbox load shop", "opened there before\n0 41"},
		{"sandbox load sold_out", "opened there before\n0 4"},
		{"sandbox load lots", "opened there before\n0 3"},
	})
	if is := stock(); is != was {
		t.Errorf("loaded again, it was\n%s\nand is\n%s", was, is)
	}
}

// Keys end some day. An item that others opened is left alone, with all that would follow.
func TestAFixtureLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.inSandbox("try")
	h.all([]prints{
		{"open milk 7", ""},
		{"open oversold 1", ""},
		{"sandbox load lots", "opened there before\n2 1"},
		{"sandbox load sold_out", "opened there before\n3 1"},
		{"inventory show milk", "default 7 0 7"},
		{"inventory show oversold", "default 1 0 1"},
	})
}

// The create of an item was carried out, and what follows it was not.
func TestAFixtureThatWasCutOffIsCompleted(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	c, err := client.New(h.url, client.WithKey(h.inSandbox("try")))
	if err != nil {
		t.Fatal(err)
	}
	l := fixtureLoad{name: "lots"}
	for i, product := range []string{"milk", "yoghurt"} {
		if _, err := c.Create(t.Context(), client.Create{ProductID: product, Key: l.key(i, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	h.all([]prints{
		{"sandbox load lots", "opened there before\n1 2"},
		{"check milk yoghurt cheese", "milk 1 50 in_stock\nyoghurt 1 25 in_stock\ncheese 1 25 in_stock"},
		{"lots recalls", "yoghurt batch=Y1 in_force"},
	})
}

// Each file is what the program reads, and every item opens with a create.
func TestFixturesAreCommandsOfTheAPI(t *testing.T) {
	t.Parallel()
	for name := range strings.SplitSeq(fixtures, "|") {
		text, err := fixtureFiles.ReadFile("fixtures/" + name + ".json")
		var f fixture
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.DisallowUnknownFields()
		if err := errors.Join(err, d.Decode(&f)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, it := range f.Items {
			for n, command := range it.Commands {
				if _, err := client.ReadCommand(command); err != nil || strings.HasPrefix(string(command), `{"create"`) != (n == 0) {
					t.Errorf("%s: command %d of item %d: %s %v", name, n, i, command, err)
				}
			}
		}
	}
}
