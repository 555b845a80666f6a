package main

import (
	"encoding/json"
	"testing"
	"time"
)

func TestSchedulesOfQuotasAreSpelled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cfg  scheduleConfig
		want string
	}{
		{scheduleConfig{Every: 15 * time.Minute, quotasConfig: quotasConfig{Keep: "20"}}, `{"active":true,"every_seconds":900,"keep":20,"reset_sold":false}`},
		{
			scheduleConfig{DailyAt: "06:30", Zone: "Europe/Berlin", Reset: true, Paused: true, quotasConfig: quotasConfig{Keep: "1.5", Location: "shop", Mode: "none"}},
			`{"active":false,"daily_at":"06:30","keep":"1.5","location_id":"shop","mode":"none","reset_sold":true,"time_zone":"Europe/Berlin"}`,
		},
		{scheduleConfig{Every: time.Hour, quotasConfig: quotasConfig{Keep: "some"}}, `--keep: "some" is no number`},
	} {
		body, err := test.cfg.schedule()
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
