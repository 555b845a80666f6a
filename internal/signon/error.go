package signon

import "errors"

// These errors say why a sign-in failed. No session was made; the browser may begin
// again.
var (
	// ErrAway says that the provider does not answer, or has a failure of its
	// own.
	ErrAway = errors.New("the identity provider does not answer")
	// ErrSetup says that the provider and the settings of this server do not fit.
	ErrSetup = errors.New("the identity provider and this server do not fit together")
	// ErrRefused says that the person, or the provider, did not agree.
	ErrRefused = errors.New("the identity provider was told no")
	// ErrStale says that this browser waits for no such answer: it began none, its ten
	// minutes are over, or the answer was used.
	ErrStale = errors.New("no sign-in of this browser waits for this answer")
	// ErrCode says that the provider does not take its code back: it is too old, or
	// was used.
	ErrCode = errors.New("the code of the identity provider is not valid any more")
	// ErrClock says that the clocks of the provider and of this server differ.
	ErrClock = errors.New("the clocks of the identity provider and of this server differ")
	// ErrToken says that the provider's token is not proven to belong to this sign-in.
	ErrToken = errors.New("the token of the identity provider is not valid")
	// ErrNobody says that no group of the person has a role, or that the address is of
	// another domain.
	ErrNobody = errors.New("nothing is granted to this person")
)
