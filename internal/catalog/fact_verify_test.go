package catalog

import (
	"strings"
	"testing"
)

func TestVerifyFindsDamagedFacts(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustPlace(t, c, described("W01"))
		if err := c.SetLanes(t.Context(), "demo", []Lane{{Location: "W01", Zone: "eu", PerUnit: 3}, {Location: "W01", PerUnit: 4}}); err != nil {
			t.Fatal(err)
		}
		if err := c.DropLane(t.Context(), "demo", LaneKey{"W01", "eu"}); err != nil {
			t.Fatal(err)
		}
		mustKit(t, c, "box", Component{"tea", 2}, Component{"cup", 1})
		for _, id := range []string{"shop", "hub", "mall"} {
			if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: id}, Spread: new(false)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Replenishments.Set(t.Context(), night()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: "oil"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.QuotaSchedules.Set(t.Context(), daily()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Campaigns.Set(t.Context(), flash(), []CampaignItem{{Location: "shop", Product: "oil", Quota: 3}}); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, c)
		set := func(kind, from, to string) string {
			return "UPDATE {document} SET body = replace(body, '" + from + "', '" + to + "') WHERE kind = '" + kind + "'"
		}
		copied := func(key, from string) string {
			return `INSERT INTO {document} SELECT ` + key + `, body, progress, parent, number, state, due, gone, seq FROM {document} WHERE ` + from
		}
		for _, tc := range []struct{ name, damage, want string }{
			{"another kind", set("place", `"warehouse"`, `"store"`), `place "W01" is not what entry 3 says`},
			{"a place that moved a little", set("place", `51.49999`, `51.49998`), `place "W01" is not what`},
			{"coordinates that are gone", set("place", `"latitude":51.49999,`, ``), `place "W01" is not what`},
			{"a channel more", set("place", `["app",`, `["app","shop",`), `place "W01" is not what`},
			{"channels that do not parse", set("place", `["app",`, `["app",]`), `unpack location "W01"`},
			{"a fact that no place has", set("place", `"kind"`, `"kindness":1,"kind"`), `unpack location "W01"`},
			{"facts that are gone", `DELETE FROM {document} WHERE kind = 'place'`, `says place.set of place "W01", which is not there`},
			{"another cost", set("lane", `"cost_per_unit":4`, `"cost_per_unit":1`), `lane "W01/" is not what entry 5 says`},
			{"a lane to elsewhere", set("lane", `"location":"W01","cost_per_unit":4`, `"location":"W01","zone":"us","cost_per_unit":4`), `lane "W01/" is found by something else`},
			{"a lane that is there again", `UPDATE {document} SET gone = NOT gone WHERE kind = 'lane' AND id = 'W01/eu'`, `lane "W01/eu" is not what entry 6 says`},
			{"a lane nobody set", copied(`tenant, kind, 'W01/us'`, `kind = 'lane' AND id = 'W01/'`), `lane "W01/us" says it is as of entry 5, which is not about it`},
			{"another part", set("kit", `"cup"`, `"mug"`), `kit "box" is linked to something else`},
			{"more of a part", set("kit", `"quantity":2`, `"quantity":3`), `kit "box" is not what`},
			{"another version", set("kit", `"version":1`, `"version":2`), `kit "box" is not what`},
			{"a part that it is not found by", `DELETE FROM {document_link} WHERE kind = 'kit' AND target = 'cup'`, `kit "box" is linked to something else`},
			{"a rule about more", set("replenishment", `"min":5`, `"min":6`), `replenishment "night" is not what`},
			{"a rule that does not parse", `UPDATE {document} SET body = '{' WHERE kind = 'replenishment'`, `unpack replenishment "night"`},
			{"a rule that is gone", `DELETE FROM {document} WHERE kind = 'replenishment'`, `says replenishment.set of replenishment "night", which is not there`},
			{"a schedule that keeps more", set("quota_schedule", `"keep":3`, `"keep":4`), `quota_schedule "shop/oil" is not what`},
			{"a schedule that is gone", `DELETE FROM {document} WHERE kind = 'quota_schedule'`, `says quota_schedule.set of quota_schedule "shop/oil", which is not there`},
			{"a campaign with another limit", set("campaign", `"max_order":2`, `"max_order":9`), `campaign "flash" is not what`},
			{"a campaign that is gone", `DELETE FROM {document} WHERE kind = 'campaign'`, `says campaign.set of campaign "flash", which is not there`},
			{"a quota of a campaign", set("campaign_item", `"quota":3`, `"quota":4`), `campaign_item "flash/1" is not what`},
			{"an item of another campaign", `UPDATE {document} SET parent = 'other' WHERE kind = 'campaign_item'`, `campaign_item "flash/1" is found by something else`},
			{"an item that is gone", `DELETE FROM {document} WHERE kind = 'campaign_item'`, `says campaign_item.set of campaign_item "flash/1", which is not there`},
			{"a kit that is gone", `DELETE FROM {document} WHERE kind = 'kit'`, `says kit.set of kit "box", which is not there`},
			{"a kind that nobody knows", copied(`tenant, 'whim', id`, `kind = 'kit'`), `whim "box" says it is as of entry`},
		} {
			t.Run(tc.name, func(t *testing.T) {
				// The damage is done, looked at and taken back in one transaction.
				tx, err := c.store.writer.BeginTx(t.Context(), c.store.change)
				if err != nil {
					t.Fatal(err)
				}
				defer tx.Rollback()
				for statement := range strings.SplitSeq(tc.damage, "; ") {
					if _, err := tx.ExecContext(t.Context(), c.store.text(statement)); err != nil {
						t.Fatal(err)
					}
				}
				v, err := verify(&read{ctx: t.Context(), dialect: c.store.dialect, on: tx})
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(strings.Join(v.Violations, "\n"), tc.want) {
					t.Errorf("found %q, want %q", v.Violations, tc.want)
				}
			})
		}
	})
}
