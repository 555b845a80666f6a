package test

import "testing"

// A policy of all tills applies to those without their own, when it is set and when it changes.
func TestAPolicyOfAllTillsIsFollowed(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	clerk.must(t, "PUT", centre.url("/v1/till-policies"), "", object{"percent": 20}, nil)
	follows := newTill(t, centre, "one", object{}, 20)
	own := newTill(t, centre, "two", object{"percent": 10, "floor": 0, "ceiling": 8}, 8)
	clerk.must(t, "PUT", centre.url("/v1/till-policies"), "", object{"percent": 50}, nil)
	follows.has(46)
	var shown struct {
		Percent    int64
		PolicyFrom struct{ Percent string } `json:"policy_from"`
	}
	clerk.must(t, "GET", centre.url("/v1/tills/one"), "", nil, &shown)
	if shown.Percent != 50 || shown.PolicyFrom.Percent != "all" {
		t.Errorf("it shows %+v", shown)
	}
	agree(t, centre, follows, own)
}
