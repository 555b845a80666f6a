package test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// consolePage is a page of the console at an address.
type consolePage struct {
	name, path string
	en, zh     string // texts that the page shows to an administrator
	// acts are the offers of the page: what its buttons of writes are called in the texts of the console.
	acts string
	// reads is the operation that shows the acts, where a viewer may not call it.
	reads string
	// choose is set where the acts come with the first row that is chosen.
	choose bool
	// bare is set where the page is that of a shop that has nothing of the kind.
	bare bool
}

const (
	itemActs = "Observe Restock Adjust Move SetThreshold SetSaleStatus"
	caseActs = "DecideCase AssignCase CommentCase"
)

// listedPages are the pages of the console that show more than their purpose: what a shop has that has
// one of each, what people may do, a tab, or what a route with a parameter is about. The test of the router
// fails when such a route is not among them, TestEveryPageOfTheConsole when a tab is not.
func listedPages(of shopIDs) []consolePage {
	seg := url.PathEscape
	return []consolePage{
		{name: "overview", path: "/", en: "Sold out just now", zh: "刚刚售罄"},
		{name: "figures", path: "/figures", en: "In pieces", zh: "按件"},
		{name: "overstock", path: "/figures?tab=overstock", en: "Most over their target", zh: "超出目标最多的库存项"},
		{name: "service", path: "/figures?tab=service", en: "Queries per second", zh: "每秒查询"},

		{name: "items", path: "/items", en: "Items", zh: "库存", acts: "SetThreshold SetSaleStatus SetQuotas Allot", choose: true},
		{name: "item", path: "/items/mug?loc=berlin", en: "Accounts", zh: "账户", acts: itemActs},
		{name: "item of all places", path: "/items/mug?tab=places", en: "berlin", zh: "berlin"},
		{name: "why", path: "/items/mug?loc=berlin&tab=why&ch=web&n=20", en: "On web, 16 can be sold now.", zh: "渠道 web现在可售 16", acts: itemActs},
		{name: "channels of an item", path: "/items/mug?loc=berlin&tab=channels", en: "pos", zh: "pos", acts: itemActs},
		{name: "orders of an item", path: "/items/mug?loc=berlin&tab=orders", en: "o-771", zh: "o-771", acts: itemActs},
		{name: "journal of an item", path: "/items/mug?loc=berlin&tab=journal", en: "reserved", zh: "预占", acts: itemActs},
		{name: "lots of an item", path: "/items/milk?loc=berlin&tab=lots", en: "batch B7", zh: "B7", acts: itemActs + " RecallLot LiftRecall"},
		{name: "promises", path: "/items/lamp?loc=berlin&tab=promised", en: "may still be sold", zh: "还可卖", acts: itemActs + " SetPromises"},
		{name: "past item", path: "/items/mug?loc=berlin&at=" + of.moment, en: "What led to it", zh: "之前的流水"},
		{name: "lots", path: "/lots", en: "milk", zh: "milk"},
		{name: "no lots", path: "/lots", en: "Nothing that is kept here expires.", zh: "这里没有带效期的库存。", bare: true},
		{name: "files", path: "/files?import=" + of.imported, en: "1 bad row", zh: "1 行有错误", acts: "ImportFile ExportFile", reads: "ListImports"},
		{name: "no files", path: "/files", en: "No file has been brought in.", zh: "还没有导入过文件。", bare: true},

		{name: "orders", path: "/orders", en: "o-771", zh: "o-771"},
		{name: "reservations", path: "/orders/reservations", en: "Reservations", zh: "预占", acts: "Extend Release", choose: true},
		{name: "order", path: "/orders/o-771", en: "o-771", zh: "o-771", acts: "Commit Extend Release Deduct Return"},

		{name: "channels", path: "/selling", en: "Sold by hour", zh: "每小时销量"},
		{name: "selling", path: "/selling?product=mug&loc=berlin", en: "Every day at 05:30", zh: "05:30", acts: "Allot SetQuotas ResetSold SetQuotaSchedule DeleteQuotaSchedule"},
		{name: "campaigns", path: "/selling?tab=campaigns", en: "Spring sale", zh: "Spring sale"},
		{name: "no campaigns", path: "/selling?tab=campaigns", en: "There is no campaign yet.", zh: "还没有活动。", bare: true},
		{name: "campaign", path: "/selling/campaigns/spring", en: "What the books refuse, or have otherwise", zh: "被账本拒绝，或与账本不同", acts: "SetCampaign SetCampaignItems TryAgain EndCampaign"},

		{name: "map", path: "/places/map", en: "worst item", zh: "最差状态"},
		{name: "transfers", path: "/places/transfers", en: "mug × 2", zh: "mug × 2", acts: "CreateTransfer"},
		{name: "no transfers", path: "/places/transfers", en: "Nothing is on its way.", zh: "没有在途的货。", bare: true},
		{name: "transfers of the past", path: "/places/transfers?state=over", en: "Nothing was cancelled.", zh: "没有取消的调拨。", acts: "CreateTransfer"},
		{name: "transfer", path: "/transfers/" + seg(of.transfer), en: "What happened", zh: "发生过什么", acts: "ApproveTransfer ShipTransfer ReceiveTransfer CancelTransfer"},

		{name: "inbox", path: "/inbox", en: "shortage", zh: "缺货"},
		{name: "empty inbox", path: "/inbox", en: "Nothing waits for a decision.", zh: "没有待决定的异常单。", bare: true},
		{name: "cases of a till", path: "/inbox?till=till-1", en: "Nothing matches.", zh: "没有符合条件的记录。"},
		{name: "settled cases", path: "/inbox?view=settled", en: "Nothing was settled yet.", zh: "还没有了结过异常单。"},
		{name: "case", path: "/cases/" + seg(of.oneCase), en: "A count of cup at paris found 2 fewer than orders hold.", zh: "paris 盘点 cup，比订单占用少 2。", acts: caseActs},
		{name: "alerts", path: "/inbox/alerts", en: "Runs low", zh: "告警中"},
		{name: "no alerts", path: "/inbox/alerts", en: "Nothing has fired yet.", zh: "还没有触发过告警。", bare: true},
		{name: "alert", path: "/alerts/" + seg(of.alert), en: "fired at", zh: "经过", acts: "AcknowledgeAlert MuteAlert UnmuteAlert"},
		{name: "alert rules", path: "/inbox/alerts?tab=rules&of=low", en: "Drop rule", zh: "删除规则", acts: "NewAlertRule SetAlertRule DeleteAlertRule"},
		{name: "no alert rules", path: "/inbox/alerts?tab=rules", en: "Nothing is watched for yet.", zh: "还没有监视任何指标。", bare: true},
		{name: "alert receivers", path: "/inbox/alerts?tab=receivers&of=ops", en: "ops", zh: "ops", acts: "NewAlertReceiver TestAlertReceiver SetAlertReceiver DeleteAlertReceiver"},
		{name: "no alert receivers", path: "/inbox/alerts?tab=receivers", en: "There is no receiver yet.", zh: "还没有接收方", bare: true},
		{name: "silences", path: "/inbox/alerts?tab=silences&of=night", en: "night", zh: "night", acts: "SetAlertSilence DeleteAlertSilence"},
		{name: "no silences", path: "/inbox/alerts?tab=silences", en: "No notice is kept back.", zh: "没有静默", bare: true},

		{name: "health", path: "/running", en: "The books answer.", zh: "账本正常应答。"},
		{name: "sinks", path: "/running?tab=sinks", en: "hook", zh: "hook"},
		{name: "no sinks", path: "/running?tab=sinks", en: "No changes are delivered anywhere.", zh: "没有向任何地方投递变更。", bare: true},
		{name: "sink", path: "/running/sinks/hook", en: "Latest deliveries", zh: "最近的投递", acts: "PauseSink ResumeSink TestSink RewindSink RequeueParked DiscardParked"},
		{name: "sources", path: "/running?tab=sources", en: "tills", zh: "tills"},
		{name: "no sources", path: "/running?tab=sources", en: "No commands are taken from brokers.", zh: "没有从消息中间件接收命令。", bare: true},
		{name: "source", path: "/running/sources/tills", en: "messages left", zh: "剩余消息", acts: "PauseSource ResumeSource TestSource RequeueParkedMessage DiscardParkedMessage"},
		{name: "tills", path: "/running?tab=tills", en: "1 till is not paired.", zh: "1 台收银台未配对。", acts: "NewTill"},
		{name: "tills in a state", path: "/running?tab=tills&state=away", en: "Nothing matches.", zh: "没有符合条件的记录。", acts: "NewTill"},
		{name: "no tills", path: "/running?tab=tills", en: "No till is set up yet.", zh: "还没有收银台。", bare: true},
		{name: "no policies of tills", path: "/running?tab=tills&policy=list", en: "No policy is set: the usual values count.", zh: "没有统一策略，按通常值。", acts: "NewTillPolicy", bare: true},
		{name: "policies of tills", path: "/running?tab=tills&policy=" + url.QueryEscape("berlin/"), en: "counts for", zh: "适用于", acts: "NewTillPolicy SetTillPolicy DeleteTillPolicy"},
		{name: "till", path: "/running/tills/till-1", en: "No machine is paired with this till. A code pairs one.", zh: "还没有机器与它配对，用配对码来配对。", acts: "CreateTillCode SetTill WriteOffTill DeleteTill"},
		{name: "nodes and slots", path: "/running?tab=fleet", en: "No bucket is on its way to another slot.", zh: "没有桶正在迁移。"},
		{name: "replicas", path: "/running?tab=replicas", en: "No replica is read", zh: "没有使用副本"},
		{name: "keys", path: "/running?tab=keys&key=" + of.key, en: "bootstrap", zh: "bootstrap", acts: "CreateKey RotateKey RevokeKey", reads: "ListKeys"},
		{name: "displays", path: "/running?tab=displays&display=" + of.display, en: "Lobby", zh: "Lobby", acts: "AddDisplay EndDisplay", reads: "ListDisplays"},
		{name: "no displays", path: "/running?tab=displays", en: "No screen shows the wall yet.", zh: "还没有大屏。", bare: true},
		{name: "tenants", path: "/running?tab=tenants", en: "Nothing is shared between tenants.", zh: "租户之间互不共享。"},
		{name: "settings", path: "/running?tab=settings", en: "Default place", zh: "默认仓店", acts: "UpdateSettings", reads: "GetSettings"},
		{name: "doctor", path: "/running?tab=doctor", en: "this server says: ready", zh: "this server says: ready"},
	}
}

// TestEveryPageOfTheConsole opens each page in both languages and in all three widths, but not in each
// combination, which would take twice as long: one language has one of the widths, the other has two,
// and which they are changes from page to page. Whether people with a reader of the screen can use a page is
// looked at once. With SOAK set it is all of them. With CONSOLE_PICTURES set it writes pictures of them to that
// folder.
func TestEveryPageOfTheConsole(t *testing.T) {
	t.Parallel()
	s, _, of := fullShop(t)
	bare := newServer(t)
	shopFor(t, bare)
	tabs := map[bool]*tab{false: openTab(t, s.url(""), 1280), true: openTab(t, bare.url(""), 1280)}
	for _, b := range tabs {
		b.signIn("/items", adminKey)
		b.see("mug")
	}
	folder := os.Getenv("CONSOLE_PICTURES")
	all := folder != "" || os.Getenv("SOAK") != ""
	turned, usable := tabsSeen{}, map[string]bool{}
	for first, language := range []string{"en", "zh"} {
		for turn, width := range []int64{1280, 360, 3840} {
			for _, b := range tabs {
				b.resize(width)
			}
			for n, p := range consolePages(t, of) {
				if alone := n/2%3 == turn; !all && alone != (n%2 == first) {
					continue
				}
				b, name := tabs[p.bare], fmt.Sprintf("%s %s %d", p.name, language, width)
				b.open(p.path)
				b.see(map[string]string{"en": p.en, "zh": p.zh}[language])
				b.settled()
				turned.look(b)
				b.until(name+": nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
				if width != 3840 && (all || !usable[p.name]) {
					b.accessible(name)
					usable[p.name] = true
				}
				if folder != "" {
					b.picture(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png"))
				}
			}
		}
		if language == "en" {
			for _, b := range tabs {
				b.resize(1280)
				b.open("/items")
				b.click("中文")
				b.see("库存")
			}
		}
	}
	for _, b := range tabs {
		b.clean()
	}
	for tab, shown := range turned {
		if !shown {
			t.Errorf("the tab %s was never open: write its address into listedPages", tab)
		}
	}
}

// tabsSeen has all tabs that pages offer, and whether each was open. The first tab of a list names the list.
type tabsSeen map[string]bool

func (seen tabsSeen) look(b *tab) {
	b.t.Helper()
	type one struct {
		Name string `json:"name"`
		Open bool   `json:"open"`
	}
	for _, list := range valueOf[[][]one](b, `[...document.querySelectorAll('[role=tablist]')].map(list => [...list.querySelectorAll('[role=tab]')].map(e => ({name: e.dataset.tab, open: e.ariaSelected === 'true'})))`) {
		for _, tab := range list {
			name := list[0].Name + "/" + tab.Name
			seen[name] = seen[name] || tab.Open
		}
	}
}
