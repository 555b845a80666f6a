package server_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A batch has the same result as its commands one by one, whether they choose
// locations or not.
func TestABatchWithChoicesComesToWhatItsCommandsDo(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		if round >= rounds(30) && !t.Failed() {
			return
		}
		commands := rapid.SliceOfN(rapid.Custom(drawCommand), 2, 24).Draw(rt, "commands")
		round++
		var outcomes [2]string
		for i, together := range []bool{true, false} {
			run := fmt.Sprintf("r%d%d", round, i)
			var list []string
			for product := range 3 {
				for site, units := range map[string]int{"berlin": 3, "lyon": 4, "rome": 5} {
					list = append(list, fmt.Sprintf(`{"create":{"product_id":"%s-p%d","location_id":"%s","available_stock":%d}}`, run, product, site, units))
				}
			}
			h.batchOf(t, list)
			list = list[:0]
			for _, command := range commands {
				list = append(list, strings.ReplaceAll(command, "RUN", run))
			}
			if together {
				outcomes[i] = strings.Join(h.batchOf(t, list), "\n")
				continue
			}
			for j, command := range list {
				if j > 0 {
					outcomes[i] += "\n"
				}
				outcomes[i] += h.batchOf(t, []string{command})[0]
			}
		}
		if outcomes[0] != outcomes[1] {
			rt.Errorf("together:\n%s\none by one:\n%s", outcomes[0], outcomes[1])
		}
	})
}

// batchOf sends commands together and returns the outcome of each.
func (h *house) batchOf(t *testing.T, commands []string) []string {
	t.Helper()
	a := h.call(t, "admin", "POST", "/v1/commands:batch", `{"commands":[`+strings.Join(commands, ",")+`]}`)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	all := make([]string, len(commands))
	for i := range commands {
		at := fmt.Sprintf("results.%d.", i)
		for _, field := range []string{"ok", "error.code", "error.shortages.0.available", "inventory.available_stock"} {
			all[i] += a.at(at+field) + " "
		}
		for line := range 4 {
			for _, field := range []string{"location_id", "quantity", "state"} {
				all[i] += a.at(fmt.Sprintf("%sreservations.%d.%s", at, line, field)) + " "
			}
		}
	}
	return all
}

// drawCommand draws a command about few products and orders.
func drawCommand(t *rapid.T) string {
	product := fmt.Sprintf(`"product_id":"RUN-p%d"`, rapid.IntRange(0, 2).Draw(t, "product"))
	order := fmt.Sprintf(`"order_id":"RUN-o%d"`, rapid.IntRange(0, 5).Draw(t, "order"))
	location := fmt.Sprintf(`"location_id":%q`, rapid.SampledFrom([]string{"berlin", "lyon", "rome"}).Draw(t, "location"))
	quantity := fmt.Sprintf(`"quantity":%d`, rapid.IntRange(1, 6).Draw(t, "quantity"))
	key := ""
	if rapid.IntRange(0, 3).Draw(t, "keyed") == 0 {
		key = fmt.Sprintf(`"idempotency_key":"RUN-k%d",`, rapid.IntRange(0, 3).Draw(t, "key"))
	}
	return "{" + key + rapid.SampledFrom([]string{
		`"reserve":{` + order + `,` + product + `,` + quantity + `,"sourcing":{}}`,
		`"reserve":{` + order + `,` + product + `,` + quantity + `,"sourcing":{"split":"lines"}}`,
		`"reserve":{` + order + `,"items":[{` + product + `,` + quantity + `},{"product_id":"RUN-p0","quantity":1}],"sourcing":{"strategy":"fewest_shipments"}}`,
		`"reserve":{` + order + `,` + product + `,` + location + `,` + quantity + `}`,
		`"deduct":{` + order + `}`,
		`"deduct":{` + order + `,` + product + `}`,
		`"release":{` + order + `}`,
		`"release":{` + order + `,` + product + `}`,
		`"commit":{` + order + `}`,
		`"restock":{` + product + `,` + location + `,` + quantity + `}`,
		`"adjust":{` + product + `,` + location + `,"delta":-2,"reason":"broken"}`,
	}).Draw(t, "verb") + "}"
}
