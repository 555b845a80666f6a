package notice

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"holdfast.dev/holdfast/relay/dial"
)

// failure is a notice that was not taken.
type failure struct {
	err       error
	permanent bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// Permanent reports whether an error of Send stays until somebody changes the settings or
// the receiver, so that trying again does not help.
func Permanent(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.permanent
}

// permanentStatus reports whether an answer would be the same again. Redirects are not
// followed.
func permanentStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 300 && status < 500
}

// withoutAddress is an error of an HTTP client without the address, which has a token.
func withoutAddress(err error) *failure {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &failure{err: err}
}

// Detail is an error of Send with its cause, for the log of the operator.
func Detail(err error) error { return dial.Detail(err) }

// shortAnswer is what a receiver answered, for an error: in one line, short, and without the
// secrets, which it may have repeated.
func shortAnswer(answer string, secrets []string) string {
	const most = 200
	for _, secret := range secrets {
		if secret != "" {
			answer = strings.ReplaceAll(answer, secret, "…")
		}
	}
	return cut(clean(answer, false), most)
}
