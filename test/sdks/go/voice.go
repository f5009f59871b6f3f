package main

import (
	"fmt"
	"sort"
	"strings"

	voice "github.com/twilio/twilio-go/rest/voice/v1"
)

func policies(v1 *voice.ApiService) {
	policy := ""
	step("CreateConnectionPolicy", func() error {
		for _, name := range []string{"one", "two", "three"} {
			made, err := v1.CreateConnectionPolicy((&voice.CreateConnectionPolicyParams{}).SetFriendlyName(name))
			if err != nil {
				return err
			}
			if err := is(made.FriendlyName, name); err != nil {
				return err
			}
			policy = *made.Sid
		}
		return nil
	})
	step("FetchConnectionPolicy", func() error {
		found, err := v1.FetchConnectionPolicy(policy)
		if err != nil {
			return err
		}
		return is(found.FriendlyName, "three")
	})
	step("UpdateConnectionPolicy", func() error {
		params := (&voice.UpdateConnectionPolicyParams{}).SetFriendlyName(mark)
		changed, err := v1.UpdateConnectionPolicy(policy, params)
		if err != nil {
			return err
		}
		return is(changed.FriendlyName, mark)
	})
	step("ListConnectionPolicy", func() error {
		found, err := v1.ListConnectionPolicy((&voice.ListConnectionPolicyParams{}).SetPageSize(2))
		if err != nil {
			return err
		}
		var names []string
		for _, one := range found {
			names = append(names, *one.FriendlyName)
		}
		sort.Strings(names)
		return equal(strings.Join(names, " "), mark+" one two")
	})
	targets(v1, policy)
	trunk := ""
	step("CreateByocTrunk", func() error {
		made, err := v1.CreateByocTrunk((&voice.CreateByocTrunkParams{}).SetConnectionPolicySid(policy))
		if err != nil {
			return err
		}
		if err := is(made.ConnectionPolicySid, policy); err != nil {
			return err
		}
		trunk = *made.Sid
		return nil
	})
	step("DeleteConnectionPolicy 409/20409", func() error {
		return refused(v1.DeleteConnectionPolicy(policy), 409, 20409)
	})
	step("DeleteByocTrunk", func() error { return v1.DeleteByocTrunk(trunk) })
	step("DeleteConnectionPolicy", func() error { return v1.DeleteConnectionPolicy(policy) })
}

// number reads a field that was a pointer in older releases of the SDK and no longer is one.
func number(value any) int {
	switch given := value.(type) {
	case int:
		return given
	case *int:
		return *given
	}
	return 0
}

func targets(v1 *voice.ApiService, policy string) {
	target := ""
	step("CreateConnectionPolicyTarget", func() error {
		params := (&voice.CreateConnectionPolicyTargetParams{}).SetTarget("sip:gateway.example.com:5060").SetWeight(20)
		made, err := v1.CreateConnectionPolicyTarget(policy, params)
		if err != nil {
			return err
		}
		target = *made.Sid
		return equal(number(made.Weight), 20)
	})
	step("ListConnectionPolicyTarget", func() error {
		found, err := v1.ListConnectionPolicyTarget(policy, nil)
		if err != nil || len(found) != 1 {
			return fmt.Errorf("found %d: %v", len(found), err)
		}
		return is(found[0].Sid, target)
	})
	step("UpdateConnectionPolicyTarget", func() error {
		params := (&voice.UpdateConnectionPolicyTargetParams{}).SetWeight(30)
		changed, err := v1.UpdateConnectionPolicyTarget(policy, target, params)
		if err != nil {
			return err
		}
		return equal(number(changed.Weight), 30)
	})
	step("DeleteConnectionPolicyTarget", func() error {
		return v1.DeleteConnectionPolicyTarget(policy, target)
	})
}
