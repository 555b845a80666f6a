package main

import (
	"fmt"
	"io"
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

const ruleHead = "rule\tto\tfrom\tproducts\tmin\ttarget\tmultiple\tevery\tnext"

func (r *ruleAnswer) row(w io.Writer) {
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
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%v\t%s\n",
		r.ID, r.To, strings.Join(r.From, ","), products, r.Min, r.Target, r.Multiple, time.Duration(r.Every)*time.Second, next)
}

// shownProducts is how many products of a rule fit on a line.
const shownProducts = 3
