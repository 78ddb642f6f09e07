// An OpenTelemetry collector: its own OTLP receiver, and an exporter that writes what came as JSON, one line for each batch.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

var kind = component.MustNewType("lines")

var out sync.Mutex

func line(bytes []byte, err error) error {
	if err != nil {
		return err
	}
	out.Lock()
	defer out.Unlock()
	_, err = fmt.Printf("%s\n", bytes)
	return err
}

type lines struct {
	component.StartFunc
	component.ShutdownFunc
}

func (lines) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (lines) ConsumeTraces(_ context.Context, batch ptrace.Traces) error {
	return line((&ptrace.JSONMarshaler{}).MarshalTraces(batch))
}

func (lines) ConsumeLogs(_ context.Context, batch plog.Logs) error {
	return line((&plog.JSONMarshaler{}).MarshalLogs(batch))
}

func (lines) ConsumeMetrics(_ context.Context, batch pmetric.Metrics) error {
	return line((&pmetric.JSONMarshaler{}).MarshalMetrics(batch))
}

func exporters() exporter.Factory {
	return exporter.NewFactory(kind, func() component.Config { return &struct{}{} },
		exporter.WithTraces(func(context.Context, exporter.Settings, component.Config) (exporter.Traces, error) {
			return lines{}, nil
		}, component.StabilityLevelStable),
		exporter.WithLogs(func(context.Context, exporter.Settings, component.Config) (exporter.Logs, error) {
			return lines{}, nil
		}, component.StabilityLevelStable))
}

func factories() (otelcol.Factories, error) {
	receivers, exports := otlpreceiver.NewFactory(), exporters()
	return otelcol.Factories{
		Receivers: map[component.Type]receiver.Factory{receivers.Type(): receivers},
		Exporters: map[component.Type]exporter.Factory{exports.Type(): exports},
		Telemetry: otelconftelemetry.NewFactory(),
	}, nil
}

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "collector", Version: "1"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			DefaultScheme:     "yaml",
			ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
	})
	if command.Execute() != nil {
		os.Exit(1)
	}
}
