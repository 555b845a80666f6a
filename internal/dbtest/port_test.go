package dbtest

import (
	"context"
	"net"
	"os/exec"
	"sync"
	"testing"
)

// A process that is being started has a copy of every open file until it runs its
// program.
func TestAFreePortIsFreeWhileProcessesAreBegun(t *testing.T) {
	done := make(chan struct{})
	var forks sync.WaitGroup
	for range 4 {
		forks.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := exec.Command("true").Run(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for range 300 {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", FreeAddress(t))
		if err != nil {
			t.Error(err)
			break
		}
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	forks.Wait()
}
