// Package notice sends notices of alerts to where people read them.
package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Notice is what is sent.
type Notice struct {
	ID       string    `json:"id"` // the same when it is sent again
	Tenant   string    `json:"tenant"`
	Rule     string    `json:"rule"`
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	State    string    `json:"state"` // firing or resolved
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	Value    string    `json:"value"`
	At       time.Time `json:"at"`
	Since    time.Time `json:"since"`
	Link     string    `json:"link,omitempty"`
}

// Sender sends notices.
type Sender interface {
	Send(ctx context.Context, n Notice) error
}

// Setting is a setting of a kind of senders.
type Setting struct {
	Name             string
	Secret, Required bool
}

// Kinds are the kinds of senders, sorted.
func Kinds() []string { return []string{"webhook"} }

// Settings are the settings of a kind.
func Settings(kind string) []Setting {
	if !slices.Contains(Kinds(), kind) {
		return nil
	}
	return []Setting{{Name: "url", Required: true}, {Name: "secret", Secret: true}}
}

// New returns a sender of a kind.
func New(kind string, settings map[string]string) (Sender, error) {
	switch url := settings["url"]; {
	case !slices.Contains(Kinds(), kind):
		return nil, fmt.Errorf("kind %q: must be one of %s", kind, strings.Join(Kinds(), ", "))
	case !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://"):
		return nil, errors.New("url: must begin with https:// or http://")
	default:
		return &webhook{url}, nil
	}
}

// permanentError says that sending again would be in vain.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent reports that sending again would be in vain.
func Permanent(err error) bool {
	_, is := errors.AsType[permanentError](err)
	return is
}

type webhook struct{ url string }

// Send posts the notice as JSON.
func (w *webhook) Send(ctx context.Context, n Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return permanentError{err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return permanentError{err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", n.ID)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	switch code := answer.StatusCode; {
	case code < 300:
		return nil
	case code == http.StatusGone:
		return permanentError{fmt.Errorf("the receiver answers %d", code)}
	default:
		return fmt.Errorf("the receiver answers %d", code)
	}
}
