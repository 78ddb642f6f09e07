// Package k8s belongs to the stand-in beside it.
package k8s

import (
	"errors"
	"log"
)

type Provider struct{}

func (*Provider) Addrs(map[string]string, *log.Logger) ([]string, error) {
	return nil, errors.New("no cloud is asked here")
}

func (*Provider) Help() string { return "" }
