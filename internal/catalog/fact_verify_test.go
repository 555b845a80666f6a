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
		mustKit(t, c, "box", Part{"tea", 2}, Part{"cup", 1})
		for _, id := range []string{"shop", "hub", "mall"} {
			if _, err := c.OpenLocation(t.Context(), "demo", id, false); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.SetReplenishment(t.Context(), night()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.EnsureProduct(t.Context(), "demo", "oil", Unit{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SetQuotaSchedule(t.Context(), daily()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SetCampaign(t.Context(), flash(), []CampaignItem{{Location: "shop", Product: "oil", Quota: 3}}); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, c)
		for _, tc := range []struct{ name, damage, want string }{
			{"another kind", `UPDATE {place} SET kind = 'store'`, `place "W01" is not what entry 3 says`},
			{"a place that moved a little", `UPDATE {place} SET latitude = 51.49998`, `place "W01" is not what`},
			{"coordinates that are gone", `UPDATE {place} SET latitude = NULL, longitude = NULL`, `place "W01" is not what`},
			{"a channel more", `UPDATE {place} SET channels = '["app","shop","web"]'`, `place "W01" is not what`},
			{"channels that do not parse", `UPDATE {place} SET channels = '['`, `unpack channels of location "W01"`},
			{"facts that are gone", `DELETE FROM {place}`, `says place.set of place "W01", which is not there`},
			{"another cost", `UPDATE {lane} SET per_unit = 1 WHERE zone = ''`, `lane "W01/" is not what entry 5 says`},
			{"a lane to elsewhere", `UPDATE {lane} SET zone = 'us' WHERE zone = ''`, `lane "W01/" is not what entry 5 says`},
			{"a lane that is there again", `UPDATE {lane} SET gone = NOT gone WHERE zone = 'eu'`, `lane "W01/eu" is not what entry 6 says`},
			{"a lane nobody set", `INSERT INTO {lane} SELECT tenant, 'W01/us', location, 'us', 1, 1, gone, seq FROM {lane} WHERE zone = ''`, `lane "W01/us" says it is as of entry 5, which is not about it`},
			{"a part less", `DELETE FROM {kit_part} WHERE product = 'cup'`, `kit "box" is not what`},
			{"more of a part", `UPDATE {kit_part} SET quantity = 3 WHERE product = 'tea'`, `kit "box" is not what`},
			{"another version", `UPDATE {kit} SET version = 2`, `kit "box" is not what`},
			{"a rule about more", `UPDATE {replenishment} SET body = replace(body, '"min":5', '"min":6')`, `replenishment "night" is not what`},
			{"a rule that does not parse", `UPDATE {replenishment} SET body = '{'`, `unpack replenishment "night"`},
			{"a rule that is gone", `DELETE FROM {replenishment}`, `says replenishment.set of replenishment "night", which is not there`},
			{"a schedule that keeps more", `UPDATE {quota_schedule} SET body = replace(body, '"keep":3', '"keep":4')`, `quota_schedule "shop/oil" is not what`},
			{"a schedule that is gone", `DELETE FROM {quota_schedule}`, `says quota_schedule.set of quota_schedule "shop/oil", which is not there`},
			{"a campaign with another limit", `UPDATE {campaign} SET body = replace(body, '"max_order":2', '"max_order":9')`, `campaign "flash" is not what`},
			{"a campaign that is gone", `DELETE FROM {campaign}`, `says campaign.set of campaign "flash", which is not there`},
			{"a quota of a campaign", `UPDATE {campaign_item} SET quota = 4`, `campaign_item "flash/1" is not what`},
			{"an item that is gone", `DELETE FROM {campaign_item}`, `says campaign_item.set of campaign_item "flash/1", which is not there`},
			{"a kit that is gone", `DELETE FROM {kit_part}; DELETE FROM {kit}`, `says kit.set of kit "box", which is not there`},
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
				v, err := (&read{ctx: t.Context(), dialect: c.store.dialect, on: tx}).verify()
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
