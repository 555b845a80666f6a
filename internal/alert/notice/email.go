package notice

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Ways in which a connection to a mail server is encrypted.
const (
	tlsStart    = "starttls" // after the greeting; the default
	tlsImplicit = "implicit" // from the first byte
	tlsNone     = "none"
)

// email sends a notice as a mail.
type email struct {
	server mailServer
	from   *mail.Address
	to     []*mail.Address
	words  words
	now    func() time.Time
}

const mostRecipients = 50

func openEmail(s settings, w ways) (Sender, error) {
	host, user := s[settingHost], s[settingUser]
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("/@[]", r) }) {
		return nil, fmt.Errorf("setting %q: write the name of a mail server such as smtp.shop.example", settingHost)
	}
	how, usual := s[settingTLS], "587"
	switch how {
	case "", tlsStart:
		how = tlsStart
	case tlsImplicit:
		usual = "465"
	case tlsNone:
		usual = "25"
		if !s.maySpeakPlain(host) {
			return nil, fmt.Errorf(`setting %q: none is for this machine, or set %q to "true"`, settingTLS, settingInsecure)
		}
	default:
		return nil, fmt.Errorf("setting %q: write %s, %s or %s", settingTLS, tlsStart, tlsImplicit, tlsNone)
	}
	port, err := s.port(usual)
	if err != nil {
		return nil, err
	}
	switch {
	case user == "" && s[settingPassword] != "":
		return nil, fmt.Errorf("setting %q: a password needs it", settingUser)
	case user != "" && s[settingPassword] == "":
		return nil, fmt.Errorf("setting %q: a user name needs it", settingPassword)
	case strings.Contains(user+s[settingPassword], "\x00"):
		return nil, fmt.Errorf("setting %q: a user name and a password have no zero bytes", settingUser)
	}
	from, err := mail.ParseAddress(s[settingFrom])
	if err != nil || !isMailbox(from) {
		return nil, fmt.Errorf("setting %q: write an address such as Holdfast <alerts@shop.example>", settingFrom)
	}
	to, err := recipients(s[settingTo])
	if err != nil {
		return nil, err
	}
	words, err := s.words()
	if err != nil {
		return nil, err
	}
	server := mailServer{host: host, port: port, tls: how, user: user, password: s[settingPassword], trust: w.trust, dialer: w.allowed.Dialer(how == tlsNone)}
	return &email{server, from, to, words, w.now}, nil
}

// recipients reads a list of addresses. One that is there twice counts once.
func recipients(list string) ([]*mail.Address, error) {
	all, err := mail.ParseAddressList(list)
	if err != nil || slices.ContainsFunc(all, func(a *mail.Address) bool { return !isMailbox(a) }) {
		return nil, fmt.Errorf("setting %q: write addresses such as ann@shop.example, ops@shop.example", settingTo)
	}
	if len(all) > mostRecipients {
		return nil, fmt.Errorf("setting %q: it has %d addresses, at most %d are written to", settingTo, len(all), mostRecipients)
	}
	var once []*mail.Address
	for _, a := range all {
		if !slices.ContainsFunc(once, func(b *mail.Address) bool { return a.Address == b.Address }) {
			once = append(once, a)
		}
	}
	return once, nil
}

// isMailbox reports whether an address is one that a command of SMTP and a header can hold
// as it is, without extensions.
func isMailbox(a *mail.Address) bool {
	return !strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) && len(a.Address) <= 254
}

// Send sends the mail to all its recipients. When some were refused the others have it.
func (e *email) Send(ctx context.Context, n Notice) error {
	var addresses []string
	for _, a := range e.to {
		addresses = append(addresses, a.Address)
	}
	domain := e.from.Address[strings.LastIndex(e.from.Address, "@")+1:]
	err := e.server.send(ctx, envelope{from: e.from.Address, to: addresses, domain: domain}, e.letter(n, domain))
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*failure](err)
	return &failure{errors.New(shortAnswer(err.Error(), []string{e.server.password, encoded(e.server.password)})), ok && f.permanent}
}
