package main

import (
	"fmt"
	"net/url"
	"strconv"
	"sync"

	_ "dubbo.apache.org/dubbo-go/v3/cluster/cluster/failfast"
	_ "dubbo.apache.org/dubbo-go/v3/cluster/cluster/failover"
	"dubbo.apache.org/dubbo-go/v3/cluster/directory/static"
	_ "dubbo.apache.org/dubbo-go/v3/cluster/loadbalance/random"
	"dubbo.apache.org/dubbo-go/v3/common"
	"dubbo.apache.org/dubbo-go/v3/common/extension"
	"dubbo.apache.org/dubbo-go/v3/config"
	"dubbo.apache.org/dubbo-go/v3/protocol"
	_ "dubbo.apache.org/dubbo-go/v3/protocol/dubbo"
	getty "github.com/apache/dubbo-getty"
	"github.com/dubbogo/gost/log/logger"
	"go.uber.org/zap"
)

// Options are the flags.
type Options struct {
	Host, Interface, Version, Group, Heartbeat string
	Port                                       int
}

// References are dubbo-go's cluster invokers, one for each way of calling. All share one TCP connection.
type References struct {
	options  Options
	lock     sync.Mutex
	invokers map[string]protocol.Invoker
}

// NewReferences makes none yet.
func NewReferences(options Options) (*References, error) {
	return &References{options: options, invokers: map[string]protocol.Invoker{}}, nil
}

// configure sets what dubbo-go keeps in globals: logs go to standard error, one connection for an address (the
// default is 16), and frames up to 64 MiB (the default is 100 KiB).
func configure(options Options) {
	zapConfig := zap.NewDevelopmentConfig()
	zapConfig.OutputPaths = []string{"stderr"}
	zapConfig.Level = zap.NewAtomicLevelAt(zap.InfoLevel)
	logger.InitLogger(&logger.Config{ZapConfig: &zapConfig})
	getty.SetLogger(logger.GetLogger())
	root := config.NewRootConfigBuilder().Build()
	root.Protocols = map[string]*config.ProtocolConfig{"dubbo": {Name: "dubbo", Params: map[string]any{
		"connection-number":   1,
		"heartbeat-period":    options.Heartbeat,
		"getty-session-param": map[string]any{"max-msg-len": maxLine},
	}}}
	config.SetRootConfig(*root)
}

// Invoker is what dubbo-go's own client builds for a direct address: protocol, then cluster.
func (r *References) Invoker(c Command) (protocol.Invoker, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	key := fmt.Sprint(c.Retries, c.cluster(), c.timeout())
	if known := r.invokers[key]; known != nil {
		return known, nil
	}
	parameters := url.Values{
		"interface": {r.options.Interface}, "version": {r.options.Version}, "group": {r.options.Group},
		"serialization": {"hessian2"}, "cluster": {c.cluster()}, "loadbalance": {"random"},
		"retries": {strconv.Itoa(c.Retries)}, "timeout": {c.timeout().String()},
	}
	target := fmt.Sprintf("dubbo://%s:%d/%s?%s", r.options.Host, r.options.Port, r.options.Interface, parameters.Encode())
	address, err := common.NewURL(target)
	if err != nil {
		return nil, err
	}
	direct := extension.GetProtocol("dubbo").Refer(address)
	if direct == nil {
		return nil, fmt.Errorf("cannot connect to %s:%d", r.options.Host, r.options.Port)
	}
	cluster, err := extension.GetCluster(c.cluster())
	if err != nil {
		return nil, err
	}
	joined := cluster.Join(static.NewDirectory([]protocol.Invoker{direct}))
	r.invokers[key] = joined
	return joined, nil
}
