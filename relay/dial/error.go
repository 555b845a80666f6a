package dial

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// UnreachableError says that a receiver cannot be reached. Its text is the same for an unknown name, for an address
// that is refused and for one at which nothing answers. Tenants read it, and could find names and addresses inside by
// trying. The cause is for the operator: Detail.
type UnreachableError struct{ Cause error }

func (e *UnreachableError) Error() string {
	return "the receiver cannot be reached: its name is unknown, its address is not allowed (--webhook-allow), or nothing answers there; the server's log tells which"
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Cause }

// Timeout reports whether it took too long.
func (e *UnreachableError) Timeout() bool {
	late, is := errors.AsType[net.Error](e.Cause)
	return is && late.Timeout()
}

// Temporary reports whether trying again may help.
func (e *UnreachableError) Temporary() bool { return true }

// Detail is an error with its cause, for the log of the operator.
func Detail(err error) error {
	if far, is := errors.AsType[*UnreachableError](err); is {
		return fmt.Errorf("the receiver cannot be reached: %w", far.Cause)
	}
	return err
}

// withoutAddresses is an error of a connection without the addresses of its ends.
func withoutAddresses(err error) error {
	if op, is := errors.AsType[*net.OpError](err); is {
		return &net.OpError{Op: op.Op, Net: op.Net, Err: op.Err}
	}
	return err
}

// errOtherName stands for an error that lists the names in the receiver's certificate.
var errOtherName = errors.New("the certificate of the receiver is for another name")

// withoutNames is an error of a secure connection without the names in the receiver's certificate.
func withoutNames(err error) error {
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return errOtherName
	}
	return err
}
