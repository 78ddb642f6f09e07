package main

import (
	hessian "github.com/apache/dubbo-go-hessian2"
	"github.com/apache/dubbo-go-hessian2/java_exception"
)

// Item is org.meltemi.demo.Item.
type Item struct {
	ID     int32            `hessian:"id" json:"id"`
	Name   string           `hessian:"name" json:"name"`
	Color  Color            `hessian:"color" json:"-"`
	Tags   []string         `hessian:"tags" json:"tags"`
	Counts map[string]int64 `hessian:"counts" json:"counts"`
	Self   *Item            `hessian:"self" json:"-"`
}

// JavaClassName makes Item a hessian POJO.
func (*Item) JavaClassName() string { return "org.meltemi.demo.Item" }

// Color is org.meltemi.demo.Color.
type Color hessian.JavaEnum

var colors = []string{"RED", "GREEN", "BLUE"}

// JavaClassName makes Color a hessian POJO.
func (Color) JavaClassName() string { return "org.meltemi.demo.Color" }

// String is the constant's name in Java.
func (c Color) String() string { return colors[c] }

// EnumValue finds a constant by its name in Java.
func (Color) EnumValue(name string) hessian.JavaEnum {
	for i, color := range colors {
		if color == name {
			return hessian.JavaEnum(i)
		}
	}
	return hessian.InvalidJavaEnum
}

// DemoException is org.meltemi.demo.DemoException; hessian2 finds its fields by these names.
type DemoException struct {
	SerialVersionUID     int64
	DetailMessage        string
	SuppressedExceptions []java_exception.Throwabler
	StackTrace           []java_exception.StackTraceElement
	Cause                java_exception.Throwabler
}

// JavaClassName makes DemoException a hessian POJO.
func (DemoException) JavaClassName() string { return "org.meltemi.demo.DemoException" }

func (e DemoException) Error() string { return e.DetailMessage }

// GetStackTrace makes DemoException what hessian2 takes for a Java exception.
func (e DemoException) GetStackTrace() []java_exception.StackTraceElement { return e.StackTrace }

func init() {
	hessian.RegisterPOJO(&Item{})
	hessian.RegisterPOJO(&DemoException{})
	for i := range colors {
		hessian.RegisterJavaEnum(Color(i))
	}
}
