package main

import (
	"fmt"
	"strings"
	"time"
)

// ruleAnswer is what "replenish" shows of the server's answer.
type ruleAnswer struct {
	ID       string   `json:"rule_id"`
	To       string   `json:"to_location_id"`
	From     []string `json:"from_location_ids"`
	Products []string `json:"product_ids"`
	Min      int64    `json:"min"`
	Target   int64    `json:"target"`
	Multiple int64    `json:"multiple"`
	Active   bool     `json:"active"`
	Every    int64    `json:"every_seconds"`
	Due      string   `json:"due_at"`
}

// table is one for rules.
func (c *replenishConfig) table() *table {
	return newTable(c.out, "rule", "to", "from", "products", "min", "target", "multiple", "every", "next")
}

// row is the rule in such a table.
func (r *ruleAnswer) row() []any {
	products, next := strings.Join(r.Products, ","), r.Due
	switch n := len(r.Products); {
	case n == 0:
		products = "all"
	case n > shownProducts:
		products = fmt.Sprintf("%s and %d more", strings.Join(r.Products[:shownProducts], ","), n-shownProducts)
	}
	if !r.Active {
		next = "paused"
	}
	return []any{r.ID, r.To, strings.Join(r.From, ","), products, r.Min, r.Target, r.Multiple, time.Duration(r.Every) * time.Second, next}
}

// shownProducts is how many products of a rule fit on a line.
const shownProducts = 3
