package replay

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
)

// identify checks the names of a run and invents the run's own name if it has none. The invented
// name follows from the file and the settings, so the same command always continues the same
// run, even without its checkpoint.
func (p *Plan) identify() error {
	if p.Prefix != "" {
		if err := checkID("prefix", p.Prefix, maxID); err != nil {
			return badSettings("%v", err)
		}
	}
	if p.Location != "" {
		if err := checkID("location", p.Location, maxLocation); err != nil {
			return badSettings("%v", err)
		}
	}
	for _, sku := range p.Open {
		if err := checkID("product id", p.product(sku), maxID); err != nil {
			return badSettings("with prefix %q the %v", p.Prefix, err)
		}
	}
	if p.Run == "" {
		text, err := json.Marshal(struct {
			File string
			Settings
		}{p.FileSHA256, p.Settings})
		if err != nil {
			return fmt.Errorf("name the run: %w", err)
		}
		sum := sha256.New()
		sum.Write(text)
		p.Run = hexSum(sum)[:12]
	}
	return checkRun(p.Run)
}

// product is the id of a SKU on the server.
func (p *Plan) product(sku int32) string { return p.Prefix + p.SKUs[sku] }

// orderID is the id of the order of a sale. An invoice repeats SKUs, and an order has one
// reservation per product, so each line is an order of its own, unless the whole invoice is
// requested at once.
func (p *Plan) orderID(t *Task) string {
	id := p.Run + ":" + p.Invoices[t.Invoice]
	if t.Items == nil {
		id += ":" + strconv.FormatInt(t.Seq, 10)
	}
	return id
}

// key is the idempotency key of one step of a task: a repeated step, even from another process,
// gets its first answer.
func (p *Plan) key(t *Task, step string) string {
	return p.Run + "/" + strconv.FormatInt(t.Seq, 10) + "/" + step
}
