package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRulesOfReplenishmentAreSpelled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cfg  replenishConfig
		want string
	}{
		{
			replenishConfig{To: "shop", From: []string{"hub", "depot"}, Products: []string{"fuse"}, Min: 10, Target: 20, Multiple: 12, Every: time.Hour},
			`{"active":true,"every_seconds":3600,"from_location_ids":["hub","depot"],"min":10,"multiple":12,"product_ids":["fuse"],"target":20,"to_location_id":"shop"}`,
		},
		{
			replenishConfig{To: "shop", From: []string{"hub"}, Min: 1, Target: 1, Multiple: 1, Every: time.Second, Paused: true},
			`{"active":false,"every_seconds":1,"from_location_ids":["hub"],"min":1,"multiple":1,"target":1,"to_location_id":"shop"}`,
		},
		{replenishConfig{From: []string{"hub"}, Every: time.Second}, "--to and --from must be given"},
		{replenishConfig{To: "shop", From: []string{"hub"}}, "--every 0s: it must be given, in whole seconds"},
		{replenishConfig{To: "shop", From: []string{"hub"}, Every: 1500 * time.Millisecond}, "--every 1.5s: it must be given, in whole seconds"},
	} {
		body, err := test.cfg.rule()
		got, failed := json.Marshal(body)
		if failed != nil {
			t.Fatal(failed)
		}
		if err != nil {
			got = []byte(err.Error())
		}
		if string(got) != test.want {
			t.Errorf("%+v is %s, want %s", test.cfg, got, test.want)
		}
	}
}

func TestARuleOfReplenishmentIsALine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ answer, want string }{
		{
			`{"rule_id":"fuses","to_location_id":"shop","from_location_ids":["hub","depot"],"product_ids":["fuse"],"min":10,"target":20,"multiple":12,"active":true,"every_seconds":3600,"due_at":"2031-01-01T00:00:00.000Z"}`,
			"fuses shop hub,depot fuse 10 20 12 1h0m0s 2031-01-01T00:00:00.000Z",
		},
		{
			`{"rule_id":"all","to_location_id":"shop","from_location_ids":["hub"],"min":1,"target":2,"multiple":1,"every_seconds":1}`,
			"all shop hub all 1 2 1 1s paused",
		},
		{
			`{"rule_id":"many","to_location_id":"shop","from_location_ids":["hub"],"product_ids":["a","b","c","d","e"],"min":1,"target":2,"multiple":1,"active":true,"every_seconds":1,"due_at":"soon"}`,
			"many shop hub a,b,c and 2 more 1 2 1 1s soon",
		},
	} {
		var r ruleAnswer
		if err := json.Unmarshal([]byte(test.answer), &r); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(fmt.Sprintln(r.row()...)); got != test.want {
			t.Errorf("%s is %q, want %q", test.answer, got, test.want)
		}
	}
}
