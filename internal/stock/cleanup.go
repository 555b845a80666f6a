package stock

// Cleanup records that a tenant asked for everything past its deadline to be expired, and
// how many order lines were past it then. That is the answer that a repeat under the same
// key gets. The expiries are commands of their own.
type Cleanup struct {
	Tenant  string
	Expired uint64
}

// Op names the command.
func (c Cleanup) Op() Op { return OpCleanup }

// Reach says what the command needs to be judged.
func (c Cleanup) Reach() Reach { return Reach{Tenant: c.Tenant} }

func (c Cleanup) decide(State, Time) (Event, error) {
	return Event{Op: OpCleanup, Tenant: c.Tenant, Expired: c.Expired}, nil
}

// AppendCanonical appends what makes two requests the same.
func (c Cleanup) AppendCanonical(dst []byte) []byte {
	return appendString(append(dst, byte(OpCleanup)), c.Tenant)
}

func (c Cleanup) append(dst []byte) []byte { return appendUint(appendString(dst, c.Tenant), c.Expired) }
