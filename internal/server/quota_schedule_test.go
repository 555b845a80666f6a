package server_test

import "testing"

func TestQuotaSchedules(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	put := func(name, body, field string) step {
		return step{name: name, verb: "PUT", path: "/v1/quotas/tea/schedule", body: body, status: 400, want: []string{`violations.0.field "` + field + `"`}}
	}
	h.tell(t, []step{
		{name: "there is none", path: "/v1/quotas/tea/schedule?location_id=shop", status: 404, code: "NOT_FOUND"},
		{name: "a daily one", verb: "PUT", path: "/v1/quotas/tea/schedule", body: `{"location_id":"shop","daily_at":"06:30","time_zone":"Europe/Berlin","mode":"rebalance","keep":5,"reset_sold":true}`, want: []string{
			`product_id "tea"`, `location_id "shop"`, `daily_at "06:30"`, `time_zone "Europe/Berlin"`, `every_seconds absent`, `mode "rebalance"`, `keep 5`, `reset_sold true`, `active true`,
		}},
		{name: "is read with the scope read", as: "read", path: "/v1/quotas/tea/schedule?location_id=shop", want: []string{`daily_at "06:30"`}},
		{name: "by its own tenant alone", as: "other", path: "/v1/quotas/tea/schedule?location_id=shop", status: 404},
		{name: "writing needs admin", as: "internal", verb: "PUT", path: "/v1/quotas/tea/schedule", body: `{"every_seconds":60}`, status: 403},
		{name: "one by periods, that rests", verb: "PUT", path: "/v1/quotas/tea/schedule", body: `{"location_id":"shop","every_seconds":60,"active":false}`, want: []string{
			`every_seconds 60`, `daily_at absent`, `time_zone absent`, `mode "pool"`, `keep 0`, `reset_sold false`, `active false`, `due_at absent`,
		}},
		{name: "midnight in UTC", verb: "PUT", path: "/v1/quotas/tea/schedule", body: `{"location_id":"shop","daily_at":"00:00","mode":"none","reset_sold":true}`, want: []string{`daily_at "00:00"`, `time_zone "UTC"`}},
		put("a time is", `{"location_id":"shop"}`, "every_seconds"),
		put("one of them", `{"location_id":"shop","every_seconds":60,"daily_at":"06:00"}`, "daily_at"),
		put("a time of day", `{"location_id":"shop","daily_at":"24:00"}`, "daily_at"),
		put("in two digits", `{"location_id":"shop","daily_at":"6:00"}`, "daily_at"),
		put("a time zone that there is", `{"location_id":"shop","daily_at":"06:00","time_zone":"Moon/Base"}`, "time_zone"),
		put("a time zone is for a time of day", `{"location_id":"shop","every_seconds":60,"time_zone":"UTC"}`, "time_zone"),
		put("a way to allot", `{"location_id":"shop","every_seconds":60,"mode":"half"}`, "mode"),
		put("it does something", `{"location_id":"shop","every_seconds":60,"mode":"none"}`, "mode"),
		{name: "a product is known", verb: "PUT", path: "/v1/quotas/gold/schedule", body: `{"location_id":"shop","every_seconds":60}`, status: 404},
		{name: "it is taken away", verb: "DELETE", path: "/v1/quotas/tea/schedule?location_id=shop"},
		{name: "twice", verb: "DELETE", path: "/v1/quotas/tea/schedule?location_id=shop"},
		{name: "then there is none", path: "/v1/quotas/tea/schedule?location_id=shop", status: 404},
	})
}
