package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// prints is a command line and a part of what it prints.
type prints struct{ line, want string }

// all runs command lines that must succeed, and compares what each prints.
func (h *atHand) all(lines []prints) {
	h.t.Helper()
	for _, c := range lines {
		if strings.HasPrefix(c.line, "__complete ") {
			h.completes(c.line, c.want)
			continue
		}
		if got := h.says(c.line); !strings.Contains(got, c.want) {
			h.t.Errorf("%s prints\n%s\nwant\n%s", c.line, got, c.want)
		}
	}
}

// completes runs a completion whose answer must begin so.
func (h *atHand) completes(line, want string) {
	h.t.Helper()
	out, _, code := h.repeat(line, func(out, _ string) bool { return out != ":4\n" })
	if code != 0 || !strings.HasPrefix(out, want) {
		h.t.Errorf("%s: %d, %q, want %q", line, code, out, want)
	}
}

// repeat runs a command line until it knows enough, and a minute at most: a
// completion waits a second for the server, a hint two, and then there is none.
func (h *atHand) repeat(line string, enough func(out, errOut string) bool) (out, errOut string, code int) {
	h.t.Helper()
	out, errOut, code = h.run("", line)
	for end := time.Now().Add(time.Minute); !enough(out, errOut) && time.Now().Before(end); {
		out, errOut, code = h.run("", line)
	}
	return out, errOut, code
}

// refused runs command lines that must fail so.
func (h *atHand) refused(code int, lines []prints) {
	h.t.Helper()
	for _, c := range lines {
		_, errOut, got := h.repeat(c.line, func(_, errOut string) bool {
			return !strings.Contains(c.want, "did you mean") || strings.Contains(errOut, "did you mean")
		})
		if got != code || !strings.Contains(errOut, c.want) {
			h.t.Errorf("%s: %d, %swant %d, %s", c.line, got, errOut, code, c.want)
		}
	}
}

// kept writes a file and returns its path.
func (h *atHand) kept(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func TestTheLifeOfAnOrderAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	const order = "order product location channel held deducted released state until\n"
	h.all([]prints{
		{"open mug 10", ""},
		{"open mug 10 --location berlin", ""},
		{"open cup 5", ""},
		{"reserve o-1 mug=4 cup=1 --for 2h", ""},
		{"change o-1 mug=2 --expect mug=4", order + "o-1 mug default 2 0 2 active "},
		{"change o-1 mug=3 --replace --for 3h", "o-1 cup default 0 0 1 cancelled"},
		{"relocate o-1 mug --to berlin --quantity 1", "o-1 mug berlin 1 0 0 active "},
		{"orders relocate o-1 mug --from berlin --json", `"order_id":"o-1"`},
		{"orders commit o-1", "o-1 mug default 3 0 3 active committed"},
		{"deduct o-1", "o-1 mug default 0 3 3 confirmed"},
		{"withdraw o-1 mug --quantity 2 --for 1h --reason back", "o-1 mug default 2 1 3 active "},
		{"orders show o-1", "product location channel requested held not there yet deducted released state until\n"},
		{"orders show o-1 --csv", "product,location,channel,requested,held,not there yet,deducted,released,state,until"},
		{"orders show o-1 --json", `{"order_id":"o-1","reservations":[`},
		{"orders list --sort due", "order state customer lines product since until\no-1 active 3 mug cup 20"},
		{"orders list --state expired --since 2030-01-31", "order state customer lines product since until"},
		{"orders list o- --state any --due-before 2001-01-01 --json", `{"items":[]`},
		{"orders history o-1", "at operation product location moved held until by reason\n20"},
		{"orders history o-1 --csv", "withdraw,mug,default,"},
		{"orders extend o-1 --for 72h", "o-1 mug default 2 1 3 active 20"},
		{"orders release o-1 --reason changed", "o-1 mug default 0 1 5 confirmed"},
		{"inventory show mug", "location available reserved on hand withheld damaged quality in transit incoming status\nberlin 10 0 10 0 0 0 0 0 in_stock\ndefault 9 0 9 0 0 0 0 0 in_stock"},
		{"inventory move mug 3 --from pool/shared --to damaged --reason dropped", "mug default 6 0 9 0 in_stock yes"},
		{"inventory return mug 1 --order o-1 --to quality", "mug default 6 0 10 0 in_stock yes"},
		{"restock mug 4 --lot batch=B7", ""},
		{"inventory accounts mug --location default", "location account lot units\n"},
		{"inventory accounts mug", "default pool/shared batch=B7 4"},
		{"inventory accounts mug --at 2020-01-01", "location account lot units"},
		{
			"inventory why mug --location default --quantity 90",
			"location units why account lot at\ndefault 6 open pool/shared\ndefault 4 open pool/shared batch=B7\ndefault 1 quality quality\n" +
				"default 3 damaged damaged\na reserve gets 10 not_enough",
		},
		{"availability mug=2 cup=1 --channel web", "product location asked available answer\nmug default 2 10 yes\ncup default 1 5 yes"},
		{"availability mug=2 --strategy nearest --to 48.85,-2.35 --split lines", "shipments: 1"},
		{"lanes set berlin eu --per-unit 300 --per-shipment 500", "from to of a unit of a shipment\nberlin eu 300 500"},
		{"lanes set berlin", "berlin everywhere else 0 0"},
		{"lanes list berlin --csv", "from,to,of a unit,of a shipment\nberlin,everywhere else,0,0\nberlin,eu,300,500"},
		{"lanes drop berlin", "there is no lane from berlin to everywhere else"},
		{"lanes list --json", `"zone":"eu"`},
		{"reserve order-10 cup=1", ""},
		{"locations list", "berlin store"},
		{"kits list", "id version components"},
	})
	h.refused(exitFailed, []prints{
		{"availability cup=9", "the whole cart cannot be reserved now"},
		{"change o-1 mug=1 --expect mug=7", "VERSION_CONFLICT"},
		{"orders show order-1", `did you mean "order-10"?`},
		{"deduct order-10 cpu", `did you mean "cup"?`},
		{"inventory show mgu", `did you mean "mug"?`},
		{"inventory accounts mug --location berln", `did you mean "berlin"?`},
	})
	h.refused(exitUsage, []prints{
		{"orders extend o-1 --for 1500ms", "--for 1.5s: it must be whole seconds, at least one"},
		{"orders extend o-1 --for 0s", "at least one"},
		{"change o-1 mug", `"mug" is not like mug=3`},
		{"change o-1 mug=1 --expect mug=0.5", "in smallest units, without a point"},
		{"orders extend o-1", "needs --for or HOLDFAST_FOR"},
		{"orders deduct o-1 mug --quantity some", `--quantity: "some" is no number`},
		{"orders deduct o-1 mug --lot B7", `"B7" is not like batch=B7`},
		{"inventory move mug 1 --from quality", "needs --to or HOLDFAST_TO"},
		{"inventory return mug all", `"all" is no number`},
		{"inventory return mug 1 --lot batch=", `"batch=" is not like batch=B7`},
		{"availability lamp", `"lamp" is not like mug=3`},
		{"availability lamp=x", `"lamp=x": "x" is no number`},
		{"availability lamp=1 --to 48,2", "belong to --strategy"},
		{"availability lamp=1 --strategy nearest --to 48,x", `--to "48,x" is neither like 48.85,2.35 nor a location`},
		{"availability lamp=1 --strategy nearest --location berlin", "the locations are chosen"},
	})
}

func TestChannelsPromisesAndLotsAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	const shares = "channel quota remaining held sold in period held of pool sold of pool weight level pending available status\n"
	const promise = "product location promise channel most promised remaining too many arrived to be there state\n"
	h.all([]prints{
		{"open cup 100", ""},
		{"quotas set cup web=30,weight=1,level=5 pos=weight=3 --reason noon", "product location shared available reserved status\ncup default 70 100 0 in_stock\n\n" + shares},
		{"quotas show cup --csv", "product,channel,quota,remaining"},
		{"quotas show cup --json", `"channels":[{"channel_id":"pos"`},
		{"quotas allot cup --keep 20 --dry-run", "from to units\npool/shared quota/"},
		{"quotas allot cup --keep 20 --json", `{"moves":[{"from":"pool/shared"`},
		{"quotas allot cup --keep 20", "from to units"},
		{"quotas reset cup --reason closed", shares},
		{"quotas schedule cup --daily-at 06:00 --time-zone Europe/Berlin --keep 20 --reset-sold", "product location when mode keep new period next\ncup default daily at 06:00 Europe/Berlin pool 20 yes 20"},
		{"quotas schedule cup --every 15m --mode none --reset-sold --paused", "cup default every 15m0s none 0 yes paused"},
		{"quotas schedule cup", "every 15m0s"},
		{"quotas schedule cup --drop", "cup has no schedule"},
		{"open record 0", ""},
		{"promises set record --presale 9 --presale-at 2031-05-01T00:00:00Z --presale-channel web=5 --ships-in-part", promise +
			"record default presale 9 0 9 0 0 2031-05-01T00:00:00.000Z running, ships in part\nrecord default presale web 5 0 5\nrecord default waiting 0 0 orders"},
		{"reserve o-1 record=4 --channel web --accept-promised", ""},
		{"reserve o-2 record=1 --accept-promised", ""},
		{"promises set record --presale 2 --lowering wait --backorder 1 --backorder-channel web=1", "record default presale 2 5 0 3"},
		{"promises show record --location default", "record default waiting 5 2 orders"},
		{"orders show o-1", "record default web 4 4 4 0 0 active"},
		{"restock record 1 --for-order o-2", "record default 0 1 1 0 sold_out yes"},
		{"promises close record --json", `"closed":true`},
		{"open milk 0", ""},
		{"restock milk 4 --lot batch=B7 --lot expires_at=2031-05-01", ""},
		{"restock milk 3 --lot batch=B8", ""},
		{"lots list milk", "location lot available held withheld damaged quality expires sold\ndefault batch=B7 expires_at=2031-05-01 4 0 0 0 0 2031-05-02T00:00:00.000Z yes\ndefault batch=B8 3"},
		{"lots list milk batch=B8 --csv", "default,batch=B8,3,0,0,0,0,,yes"},
		{"reserve o-3 milk=1", ""},
		{"lots orders milk batch=B7", "order location customer lot held deducted since\no-3 default batch=B7 expires_at=2031-05-01 1 0 20"},
		{"lots policy milk --draw fifo --lead-days 2", "product location drawn days before\nmilk default fifo 2"},
		{"lots policy milk", "milk default fifo 2"},
		{"lots recall milk batch=B8 --reason odd", "location lot units held withheld sold\ndefault batch=B8 3 0 3 recalled"},
		{"lots recalls milk --state in_force", "product location lot state since reason lifted\nmilk batch=B8 in_force 20"},
		{"lots recall milk batch=B8 --reason fine --lift", "default batch=B8 3 0 0 yes"},
	})
	h.refused(exitFailed, []prints{
		{"promises set record --presale 1 --backorder 1", "INVALID_STATE"},
		{"quotas show cpu", `did you mean "cup"?`},
	})
	h.refused(exitUsage, []prints{
		{"promises set record", "neither --presale nor --backorder is given"},
		{"promises set record --backorder 1 --presale-at 2031-05-01", "belong to --presale"},
		{"promises set record --backorder 1 --presale-channel web=1", "belong to --presale"},
		{"promises set record --presale 1 --backorder-at 2031-05-01", "belong to --backorder"},
		{"promises set record --presale many", `--presale: "many" is no number`},
		{"promises set record --presale 1 --presale-channel web", `"web" is not like web=60`},
		{"quotas schedule cup --every 1500ms", "it must be whole seconds"},
		{"quotas schedule cup --every 1m --drop", "--drop takes no other flag"},
		{"quotas allot cup --keep all", `--keep: "all" is no number`},
		{"quotas set cup web=weight=1.5", "a weight is a whole number"},
		{"quotas set cup web", `"web" is not like online=30,weight=3`},
	})
}

func TestDocumentsAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"open bulb 100 --location hub", ""},
		{"open bulb 2 --location shop", ""},
		{"transfers replenish shop bulb=10..20 --from hub --dry-run", "transfer from to product requested\nhub shop bulb 18"},
	})
	made := h.says("transfers request hub shop bulb=40 --reference T-1 --expected 2031-01-02 --csv")
	id, _, _ := strings.Cut(strings.Split(made, "\n")[1], ",")
	h.all([]prints{
		{"transfers list --state requested", id + " hub shop requested 1 40 0 2031-01-02T00:00:00.000Z"},
		{"transfers approve " + id, "hub shop approved 1 40 0"},
		{"transfers ship " + id + " bulb=30", "bulb 40 30 0 0 0 0 30"},
	})
	h.refused(exitFailed, []prints{{"transfers receive " + id + " --for-order o-none", `order "o-none"`}})
	h.all([]prints{
		{"transfers receive " + id + " bulb=26,lost=4 --reason crushed", "bulb 40 30 26 4 0 0 0"},
		{"transfers show " + id, "at step outcome by note\n"},
		{"transfers show " + id + " --csv", "transfer,product,requested,shipped,received,lost,surplus,returned,in transit,unit,scale\n" + id + ",bulb,40,30,26,4,0,0,0,,"},
		{"transfers show " + id + " --json", `"transfer_id":"` + id + `"`},
		{"transfers request shop hub bulb=1", "shop hub requested"},
		{"replenish set bulbs --to shop --from hub --product bulb --min 10 --target 20 --every 1h --paused", "rule to from products min target multiple every next\nbulbs shop hub bulb 10 20 1 1h0m0s paused"},
		{"replenish show bulbs --csv", "bulbs,shop,hub,bulb,10,20,1,1h0m0s,paused"},
		{"replenish list", "bulbs shop hub bulb"},
		{
			"tills set till-1 --location shop --name Front --percent 30 --floor 2 --level 80 --rank 1 --channel pos",
			"till location name percent floor ceiling at risk level rank channel state heard behind since products units clock off by policy works by\ntill-1 shop Front 30 2 0 no 80 1 pos unpaired 0 0 till: percent, floor, level, rank; default: ceiling, at risk",
		},
		{"tills book-lost till-1", "till booked still to come refused\ntill-1 0 0 0"},
		{"tills book-lost till-1 --epoch 0000000000000001 --json", `{"booked":0,"waiting":0,"refused":[]}`},
		{"tills policy set --location shop --ceiling 40 --at-risk", "location channel percent floor ceiling at risk level rank\nshop all 40 yes"},
		{"tills policy set --channel pos --ceiling 9", "all pos 9"},
		{"tills policy list", "location channel percent floor ceiling at risk level rank\nall pos 9\nshop all 40 yes"},
		{"tills show till-1", "till-1 shop Front 30 2 9 yes 80 1 pos unpaired 0 0 till: percent, floor, level, rank; channel: ceiling; location: at risk"},
		{"tills policy drop --channel pos", "the policy is gone"},
		{"tills policy drop --location shop", "the policy is gone"},
		{"redis rules set --location shop --percent 10", "list product location percent floor shadow cut back cut back at\nallowed all shop 10 0 no"},
		{"redis on bulb shop --floor 1", "allowed bulb shop 1 no"},
		{"redis rules list bulb shop", "list product location percent floor shadow cut back cut back at\nallowed all shop 10 0 no\nallowed bulb shop 1 no"},
		{"redis off bulb shop", "allowed all shop 10 0 no\nforbidden bulb shop"},
		{"redis on bulb shop", "allowed bulb shop 0 no"},
		{"redis shadow bulb shop", "allowed bulb shop 0 yes"},
		{"redis rules list --csv", "allowed,all,shop,10,0,no,,\nallowed,bulb,shop,,0,yes,,"},
		{"redis rules delete --location shop", "the rule is gone"},
		{"redis off bulb shop", "list product location percent floor shadow cut back cut back at"},
		{"redis rules list --json", `{"items":[]}`},
		{"tills show till-1 --csv", "till-1,shop,Front,30,2,0,no,80,1,pos,unpaired,,,0,0"},
		{"tills list --state unpaired --location shop --text FRO", "till-1 shop Front"},
		{"tills count", "tills synced behind behind since away away since stale unpaired clocks off\n1 0 0 0 0 1 0"},
		{"tills stock till-1", "product units handed back to on hand"},
		{"tills orders till-1", "order state channel since product units cancel asked"},
		{"tills code till-1", "code until\n"},
	})
	file := h.kept("flash.json", `{"campaign_id":"flash","name":"Flash","rule":{"priority":1,"draws_shared":false,"starts_at":"2031-01-01T00:00:00Z"},
		"items":[{"product_id":"bulb","location_id":"hub","quota":10},{"product_id":"bulb","location_id":"shop","quota":5}]}`)
	h.all([]prints{
		{"campaigns set " + file, "campaign state items pending refused from until ended name\nflash scheduled 2 0 0 2031-01-01T00:00:00.000Z Flash"},
		{"campaigns show flash", "product location quota in force remaining held sold in period state note\nbulb hub 10 10 10 0 0 applied\nbulb shop 5 5 5 0 0 applied"},
		{"campaigns show flash --json", `"draws_shared":false`},
		{"campaigns list --csv", "flash,scheduled,2,0,0,2031-01-01T00:00:00.000Z,,,Flash"},
		{"campaigns end flash", "flash ended 2"},
		{"reserve o-1 bulb=20 --location shop", ""},
		{"sold bulb 10 --order till-1 --location shop", "case-"},
	})
	open := strings.Split(h.says("cases list --state open --csv"), "\n")[1]
	id, _, _ = strings.Cut(open, ",")
	h.all([]prints{
		{"cases show " + id, "case kind state product location short still short assignee decided by note\n" + id + " oversell open bulb shop 2 2\n\norder channel held until\no-1 20 20"},
		{"cases assign " + id + " ann", id + " oversell assigned bulb shop 2 2 ann"},
		{"cases list --assignee ann --product bulb", "case kind state product location till short opened assignee decided note\n" + id},
		{"cases decide " + id + " release --order o-1 --note called", "ann release"},
		{"settings --public-reads=false --max-ttl 48h", "setting value\ndefault location default\npublic reads no\nreasons required no\nreturns unchecked no\ndays begin in UTC\nlongest hold at once 48h0m0s\nsandbox no"},
		{"settings --time-zone Asia/Shanghai", "days begin in Asia/Shanghai\n"},
		{"settings --time-zone= --reasons-required --json", `"public_reads":false,"reasons_required":true`},
		{"settings --reasons-required=false", "longest hold at once 48h0m0s"},
	})
	file = h.kept("reasons.json", `{"items":[{"code":"broken","title":"Broken","direction":"out"},{"code":"delivery","direction":"in","document_required":true,"operations":["restock"]}]}`)
	h.all([]prints{
		{"reasons set " + file, "code direction document for into in use title\nbroken out no all yes Broken\ndelivery in yes restock yes"},
		{"adjust bulb --delta -1 --reason glass --reason-code broken --location hub", "bulb hub"},
		{"restock bulb 2 --reason-code delivery --reference D-1 --location hub", "bulb hub"},
		{"log --reason-code broken", "adjust bulb hub"},
		{"reasons sums", "reason operation entries units in units out\n"},
		{"reasons sums bulb --json", `"reason_code":"broken"`},
		{"reasons list --csv", "code,direction,document,for,into,in use,title\nbroken,out"},
	})
	list, _, _ := h.run("", "reasons list --json")
	if again := h.says("reasons set " + h.kept("again.json", list)); !strings.Contains(again, "delivery in yes restock yes") {
		t.Errorf("what is listed is set: %s", again)
	}
	for line, want := range map[string]string{
		"__complete campaigns show f":                       "flash\n",
		"__complete replenish drop b":                       "bulbs\n",
		"__complete tills drop t":                           "till-1\n",
		"__complete cases show case":                        id + "\n",
		"__complete transfers request h":                    "hub\n",
		"__complete restock bulb 1 --reason-code d":         "delivery\n",
		"__complete inventory move bulb 1 --from qu":        "quality\nquota/\n",
		"__complete cases list --product b":                 "bulb\n",
		"__complete orders release o-1 --reason-code broke": "broken\n",
	} {
		h.completes(line, want+":")
	}
	h.refused(exitFailed, []prints{
		{"campaigns show flahs", `did you mean "flash"?`},
		{"replenish show bulb", `did you mean "bulbs"?`},
		{"restock bulb 2 --reason-code delivery --location hub", "INVALID_ARGUMENT"},
		{"cases show case-x", "NOT_FOUND"},
		{"online-orders list", "INVALID_STATE"},
		{"online-orders accept web-1", "INVALID_STATE"},
		{"online-orders keep web-1", "INVALID_STATE"},
		{"tills write-off till-9 --reason lost", "NOT_FOUND"},
		{"redis rules delete --list batch", "NOT_FOUND"},
		{"redis list", "this server has no Redis: it sells nothing through it (INVALID_STATE)"},
		{"redis rebuild --all", "INVALID_STATE"},
		{"redis compare bulb shop", "INVALID_STATE"},
		{"redis figures", "INVALID_STATE"},
		{"campaigns set no-such.json", "no such file"},
	})
	for _, c := range []struct{ text, want string }{
		{`{"name":"Flash"}`, "campaign_id is missing"},
		{`{"campaign_id":"flash","quota":1}`, "quota"},
		{`{"campaign_id":"a"} {"campaign_id":"b"}`, "goes on after the end"},
		{"flash", "JSON"},
		{"", "there is nothing in it"},
	} {
		if _, errOut, code := h.run(c.text, "campaigns set -"); code != exitUsage || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: %d, %s", c.text, code, errOut)
		}
	}
	h.refused(exitUsage, []prints{
		{"tills set till-2", "--location must be given"},
		{"redis rebuild", "needs PRODUCT and LOCATION, or --all"},
		{"redis rebuild bulb --all", "needs PRODUCT and LOCATION, or --all"},
		{"redis compare bulb", "needs PRODUCT and LOCATION, or neither"},
		{"tills write-off till-1", "--reason must be given"},
		{"online-orders decline web-1", "--reason must be given"},
		{"replenish set bulbs --to shop --every 1m", "--to and --from must be given"},
		{"replenish set bulbs --to shop --from hub", "--every 0s: it must be given, in whole seconds"},
		{"transfers replenish shop bulb=50 --from hub", `"bulb=50" is not like bulb=50..120`},
		{"transfers receive x bulb=1,found=2", `there is no "found"`},
		{"transfers request hub shop bulb=1 --expected soon", `--expected "soon" is not like`},
	})
}
