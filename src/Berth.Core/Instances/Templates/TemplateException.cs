namespace Berth.Core.Instances.Templates;

/// <summary>A template cannot be used; the message says what and in which line.</summary>
internal sealed class TemplateException(string message) : Exception(message);
