// Package notice sends the notices of alerts to where people read them: a webhook,
// e-mail, and groups of DingTalk, WeCom, Feishu and Slack. It knows what each of them
// takes and answers. The caller decides when and how often something is sent, and
// what is stored about it.
package notice

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/relay/dial"
)

// Notice is a message about an alert, or about several that changed together. Its texts come from
// people and their programs: a receiver shows them as text, whatever they contain.
type Notice struct {
	ID       string // the same each time the notice is sent
	Tenant   string
	Rule     string // the id of the rule
	Title    string // of the rule
	Severity string // info, warning or critical
	State    string // of the alert, such as firing or resolved
	Subject  string // what the alert is about
	Text     string
	Value    string
	At       time.Time // of the change that the notice reports
	Since    time.Time // when the alert began
	Link     string    // to the alert's page, "" for none
	// Count is how many alerts it is about when there are several, and Items lists them, or the first of
	// them. Subject, Value, Since and Link are those of the first; Text has a line for each.
	Count int
	Items []Item
}

// Item is one of several alerts that a notice is about.
type Item struct {
	Alert    string `json:"alert"` // its id
	Product  string `json:"product_id,omitempty"`
	Location string `json:"location_id,omitempty"`
	Channel  string `json:"channel_id,omitempty"`
	Subject  string `json:"subject"`
	Value    string `json:"value"`
}

// Sender sends notices to one receiver. It is safe for concurrent use.
type Sender interface {
	// Send returns nil when the receiver took the notice. After an error it may have it or
	// not: sent again, the notice has the same id. Permanent says when that is of no use.
	Send(ctx context.Context, n Notice) error
}

// Setting is one setting of a kind of receiver.
type Setting struct {
	Name     string
	Secret   bool // never to be shown again
	Required bool
}

// Option changes how senders reach receivers.
type Option func(*ways)

// WithAllowed names the private networks that receivers may be in, also without TLS. The
// default is none, as with sinks.
func WithAllowed(a dial.Allowed) Option { return func(w *ways) { w.allowed = a } }

// WithTrust says more about TLS. The default is what the machine trusts.
func WithTrust(c *tls.Config) Option { return func(w *ways) { w.trust = c } }

// WithClock sets what time signatures have. The default is the machine's.
func WithClock(now func() time.Time) Option { return func(w *ways) { w.now = now } }

// ways are how receivers are reached.
type ways struct {
	allowed dial.Allowed
	trust   *tls.Config
	now     func() time.Time
}

// receiverKind is a kind of receiver.
type receiverKind struct {
	settings []Setting
	open     func(s settings, w ways) (Sender, error)
}

// Names of settings.
const (
	// URL is the address of all kinds but e-mail.
	URL = "url"

	settingURL      = URL
	settingSecret   = "secret"
	settingInsecure = "insecure"
	settingLanguage = "language"
	settingHost     = "host"
	settingPort     = "port"
	settingTLS      = "tls"
	settingUser     = "username"
	settingPassword = "password"
	settingFrom     = "from"
	settingTo       = "to"
)

// robot are the settings of a robot of a group, whose address has a token.
func robot(more ...Setting) []Setting {
	return append([]Setting{{Name: settingURL, Secret: true, Required: true}, {Name: settingLanguage}, {Name: settingInsecure}}, more...)
}

func kinds() map[string]receiverKind {
	signed := Setting{Name: settingSecret, Secret: true}
	return map[string]receiverKind{
		"webhook": {[]Setting{{Name: settingURL, Required: true}, signed, {Name: settingInsecure}}, openWebhook},
		"email": {[]Setting{
			{Name: settingHost, Required: true},
			{Name: settingPort},
			{Name: settingTLS},
			{Name: settingUser},
			{Name: settingPassword, Secret: true},
			{Name: settingFrom, Required: true},
			{Name: settingTo, Required: true},
			{Name: settingLanguage},
			{Name: settingInsecure},
		}, openEmail},
		"dingtalk": {robot(signed), openDingTalk},
		"wecom":    {robot(), openWeCom},
		"feishu":   {robot(signed), openFeishu},
		"slack":    {robot(), openSlack},
	}
}

// Kinds returns the names of the kinds of receivers, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds())) }

// Settings returns the settings of a kind, nil for an unknown kind.
func Settings(kind string) []Setting { return kinds()[kind].settings }

// New returns the sender of a receiver. It reaches nobody. An error names the setting
// that is wrong, and shows no secret.
func New(kind string, settings map[string]string) (Sender, error) { return Senders()(kind, settings) }

// Senders is New with options.
func Senders(opts ...Option) func(kind string, settings map[string]string) (Sender, error) {
	w := ways{now: time.Now}
	for _, set := range opts {
		set(&w)
	}
	return func(kind string, given map[string]string) (Sender, error) {
		k, ok := kinds()[kind]
		if !ok {
			return nil, fmt.Errorf("kind %q: write one of %s", kind, strings.Join(Kinds(), ", "))
		}
		s := settings(given)
		if err := s.check(kind, k.settings); err != nil {
			return nil, err
		}
		return k.open(s, w)
	}
}
