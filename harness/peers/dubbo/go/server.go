package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"

	"dubbo.apache.org/dubbo-go/v3/common"
	"dubbo.apache.org/dubbo-go/v3/common/extension"
	_ "dubbo.apache.org/dubbo-go/v3/proxy/proxy_factory"
)

// Provider is what the server offers: each call is told on standard error, `ran NAME METHOD`.
type Provider struct{ name string }

// Hello is `hello` and `Hello` to clients.
func (p *Provider) Hello(_ context.Context, who string) (string, error) {
	return "hello " + who + " from " + p.ran("hello"), nil
}

// Drop is what rules forbid.
func (p *Provider) Drop(_ context.Context, what string) (string, error) {
	return "dropped " + what + " at " + p.ran("drop"), nil
}

// Whoami takes nothing.
func (p *Provider) Whoami(_ context.Context) (string, error) { return p.ran("whoami"), nil }

func (p *Provider) ran(method string) string {
	fmt.Fprintln(os.Stderr, "ran", p.name, method)
	return p.name
}

// Reference is the bean's name, which dubbo-go asks for.
func (p *Provider) Reference() string { return p.name }

// serve offers p.Pub 1.0.0 as "pub", and p.Sec 2.0.0, and p.Sec without a version, as "secret", until the process is ended.
func serve(options Options) {
	for _, service := range []struct{ name, path, version string }{{"pub", "p.Pub", "1.0.0"}, {"secret", "p.Sec", "2.0.0"}, {"secret", "p.Sec", ""}} {
		methods, err := common.ServiceMap.Register(service.path, "dubbo", "", service.version, &Provider{service.name})
		if err != nil {
			log.Fatal(err)
		}
		parameters := url.Values{"interface": {service.path}, "version": {service.version}, "methods": {methods}, "serialization": {"hessian2"}}
		address, err := common.NewURL(fmt.Sprintf("dubbo://%s:%d/%s?%s", options.Host, options.Port, service.path, parameters.Encode()))
		if err != nil {
			log.Fatal(err)
		}
		extension.GetProtocol("dubbo").Export(extension.GetProxyFactory("default").GetInvoker(address))
	}
	fmt.Println(`{"ready":true}`)
	select {}
}
